"""Lists, a page at a time: `?limit=&after=` in the request, `{"data", "next"}` in the answer."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import azure.functions as func

from domain import clock
from domain.errors import InvalidMessage

USUAL_LIMIT, LARGEST_LIMIT = 50, 200


def limit_in(req: func.HttpRequest) -> int:
    """Raises `InvalidMessage`."""
    limit = req.params.get("limit", str(USUAL_LIMIT))
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= LARGEST_LIMIT:
        raise InvalidMessage(("limit", "outOfRange", f"must be a number from 1 to {LARGEST_LIMIT}"))
    return int(limit)


def foreign_after() -> InvalidMessage:
    return InvalidMessage(("after", "unknown", "must be the `next` of this list's page before"))


def page_of(data: Sequence[Any], following: str | None) -> dict[str, Any]:
    return {"data": list(data), **({"next": following} if following else {})}


def next_link(req: func.HttpRequest, following: str | None) -> dict[str, str]:
    """The header that leads to the next page, for answers that have no place for it in the body (RFC 8288)."""
    if following is None:
        return {}
    parameters = {**{name: value for name, value in req.params.items() if name != "code"}, "after": following}
    return {"Link": f'<{req.url.partition("?")[0]}?{urlencode(parameters)}>; rel="next"'}


def moment_in(req: func.HttpRequest, name: str) -> datetime | None:
    """A day or a time among the parameters. Raises `InvalidMessage`."""
    text = req.params.get(name)
    if text is None:
        return None
    with suppress(ValueError):
        if re.fullmatch(r"\d{4}-\d\d-\d\d([Tt].+)?", text):
            return clock.from_text(text.upper())
    raise InvalidMessage(
        (name, "format", "must be a day or an RFC 3339 time, as in 2026-12-01 or 2026-12-01T09:00:00Z")
    )


def only(req: func.HttpRequest, *known: str) -> None:
    """Raises `InvalidMessage` for a parameter that there is not: a filter that is misspelt must not find everything."""
    wrong = sorted(set(req.params) - {*known, "limit", "after", "code"})
    if wrong:
        raise InvalidMessage(*((name, "unknownField", "is not a parameter of this list") for name in wrong))
