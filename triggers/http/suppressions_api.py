"""HTTP: the addresses that must not be written to."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.suppress import say
from domain import clock
from domain.customers.addresses import one_spelling
from domain.customers.suppression import Suppression, lifted
from domain.errors import InvalidMessage
from domain.identities import digest
from domain.serialization import to_document
from domain.traits import CHANNELS
from services import services
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.requests.paging import foreign_after, limit_in, only, page_of
from triggers.http.requests.permission_bodies import AddressBody, LiftingBody, SuppressionBody
from triggers.http.requests.read_body import read_body
from triggers.http.responses.json_response import answer
from triggers.http.responses.masking import shown_address
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = "It is not known whether this counts already. Send the same request again: that is safe."


@bp.route("suppressions", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "operator", "privacy", "admin")
async def get_suppressions(req: func.HttpRequest) -> func.HttpResponse:
    """The suppressed addresses of each channel, or of one `channel`, the latest first; also what is over."""
    only(req, "channel")
    channel = req.params.get("channel")
    if channel is not None and channel not in CHANNELS:
        raise InvalidMessage(("channel", "notOneOf", f"must be one of {', '.join(CHANNELS)}"))
    try:
        found, following = await services().suppression_list.page(channel, limit_in(req), req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    return answer(200, page_of([_shown(it.channel, it.address, it.suppression) for it in found], following))


@bp.route("suppressions", methods=[func.HttpMethod.POST])
@allow("sender", "agent", "operator", "privacy", "admin", how_to_repeat=TRY_AGAIN)
async def post_suppression(req: func.HttpRequest) -> func.HttpResponse:
    """Suppress an address: once this is answered no call of a provider begins. The body is `SuppressionBody`."""
    body = read_body(req, SuppressionBody)
    suppression = body.to_suppression(current_caller().name)
    await audited("suppression.create", _target(body), reason=body.reason, note=body.note)
    return answer(201, {"data": await _told(body, suppression)})


@bp.route("suppressions/find", methods=[func.HttpMethod.POST])
@allow("reader", "agent", "operator", "privacy", "admin")
async def find_suppressions(req: func.HttpRequest) -> func.HttpResponse:
    """What is known of one address. In the body, `AddressBody`, so that the address reaches no log of requests."""
    body = read_body(req, AddressBody)
    return answer(200, {"data": await _known(body)})


@bp.route("suppressions/lift", methods=[func.HttpMethod.POST])
@allow("privacy", "admin", how_to_repeat=TRY_AGAIN)
async def lift_suppression(req: func.HttpRequest) -> func.HttpResponse:
    """Lift one reason; the others stay. The body is `LiftingBody`. What a carrier blocks itself stays blocked."""
    body = read_body(req, LiftingBody)
    known = await services().addresses.suppressions(body.channel, body.address)
    if not any(each.reason == body.reason and each.at for each in known):
        return problem("suppressionNotFound")
    await audited("suppression.lift", _target(body), reason=body.reason, note=body.note)
    return answer(200, {"data": await _told(body, lifted(body.reason, clock.now()))})


async def _told(body: AddressBody, news: Suppression) -> list[dict[str, Any]]:
    """Let it count, and tell what is known of the address then."""
    await say(services(), body.channel, body.address, news)
    return await _known(body)


async def _known(body: AddressBody) -> list[dict[str, Any]]:
    known = await services().addresses.suppressions(body.channel, body.address)
    return [_shown(body.channel, body.address, each) for each in known if each.at]


def _target(body: AddressBody) -> str:
    """The address in the audit, which holds none."""
    return f"{body.channel}:{_key_of(body.channel, body.address)}"


def _key_of(channel: str, address: str) -> str:
    """Stands for an address, and cannot be guessed from it."""
    return services().customer_keys.key_of(digest(one_spelling(channel, address)))


def _shown(channel: str, address: str, suppression: Suppression) -> dict[str, Any]:
    return {
        "channel": channel,
        "addressKey": _key_of(channel, address),
        "address": shown_address(f"+{address}" if address.isdecimal() else address),
        **to_document(suppression),
        "isOver": not suppression.holds(clock.now()),
    }
