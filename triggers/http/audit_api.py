"""HTTP: who changed what."""

import json
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

from domain import clock
from domain.errors import InvalidMessage
from domain.serialization import to_document
from services import services
from store.audit import Entry, Wanted
from triggers.http.gate import allow
from triggers.http.requests.paging import foreign_after, limit_in, moment_in, next_link, only, page_of
from triggers.http.responses.json_response import answer

bp = df.Blueprint()

NDJSON = "application/x-ndjson"
LONGEST_NAME = 200
USUAL_SPAN = timedelta(days=7)


@bp.route("audit", methods=[func.HttpMethod.GET])
@allow("admin", "privacy")
async def get_audit(req: func.HttpRequest) -> func.HttpResponse:
    """Changes, the newest first: those of the last seven days, unless `from` and `to` say otherwise.

    With `Accept: application/x-ndjson` an entry a line, and the next page in the header `Link`.
    """
    only(req, "actor", "action", "from", "to")
    limit, wanted = limit_in(req), _wanted(req)
    try:
        entries, following = await services().audit.page(wanted, limit, req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    shown = [_shown(entry) for entry in entries]
    if NDJSON not in req.headers.get("Accept", ""):
        return answer(200, page_of(shown, following))
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in shown)
    return func.HttpResponse(lines, headers=next_link(req, following), mimetype=NDJSON)


def _wanted(req: func.HttpRequest) -> Wanted:
    """No further back than the audit is kept, however early `from` is."""
    last = moment_in(req, "to") or clock.now()
    earliest = clock.now() - services().settings.keep_audit
    return Wanted(
        max(moment_in(req, "from") or last - USUAL_SPAN, earliest), last, _name(req, "actor"), _name(req, "action")
    )


def _name(req: func.HttpRequest, name: str) -> str | None:
    text: str | None = req.params.get(name)
    if text is not None and len(text) > LONGEST_NAME:
        raise InvalidMessage((name, "tooLong", f"must not be longer than {LONGEST_NAME} characters"))
    return text


def _shown(entry: Entry) -> dict[str, object]:
    told = to_document(entry)
    return {name: value for name, value in told.items() if name not in ("day", "schema")}
