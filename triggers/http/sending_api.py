"""HTTP: the stop button, and exemptions from the rules of sending."""

import asyncio
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.due import look_after
from actions.left_to_the_sweeper import left_to_the_sweeper
from actions.release import RELEASE
from domain import clock
from domain.identities import digest
from domain.messages.rules import Pause
from domain.serialization import to_document
from services import services
from store.controls import CALL_SECONDS, COPY_SECONDS, Exemption, Sending
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.requests.access_bodies import ExemptionBody, PauseBody, ScopeBody
from triggers.http.requests.paging import only
from triggers.http.requests.read_body import read_body
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()

SETTLING_SECONDS = COPY_SECONDS + CALL_SECONDS + 0.1
"""How long a pause waits before it answers: until no worker uses an older copy, and calls that had begun have left."""

PAUSE_AGAIN = "It is not known whether sending is paused. Send the same request again: that is safe."
RESUME_AGAIN = "It is not known whether sending is resumed. Send the same request again: that is safe."


@bp.route("sending", methods=[func.HttpMethod.GET])
@allow("operator", "reader", "admin")
async def get_sending(req: func.HttpRequest) -> func.HttpResponse:
    """What is paused, and which exemptions there are; what ended by itself is listed for 30 days more."""
    only(req)
    return answer(200, _shown(await services().controls.current()))


@bp.route("sending/pause", methods=[func.HttpMethod.POST])
@allow("operator", how_to_repeat=PAUSE_AGAIN)
async def pause_sending(req: func.HttpRequest) -> func.HttpResponse:
    """Stop sending: once this is answered no call of a provider begins. Messages are held. The body is `PauseBody`."""
    body, now = read_body(req, PauseBody), clock.now()
    pause = Pause(
        id=_pause_id(body),
        reason=body.reason,
        by=current_caller().name,
        at=now,
        until=body.until,
        includes_authentication=body.include_authentication,
        **body.scope(),
    )
    until = clock.to_text(body.until) if body.until else None
    await audited("sending.pause", pause.id, **body.scope(), reason=body.reason, until=until)
    sending = await services().controls.change(lambda known: known.with_pause(pause))
    await asyncio.sleep(SETTLING_SECONDS)
    return answer(200, _shown(sending))


@bp.route("sending/resume", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@allow("operator", how_to_repeat=RESUME_AGAIN)
async def resume_sending(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Lift the pause of this very scope, and wake what it held. The body is `ScopeBody`."""
    body = read_body(req, ScopeBody)
    pause_id = _pause_id(body)
    known = await services().controls.change(lambda sending: sending)
    if all(pause.id != pause_id for pause in known.pauses):
        return problem("pauseNotFound")
    await audited("sending.resume", pause_id, **body.scope())
    sending = await services().controls.change(lambda known: known.without_pause(pause_id, clock.now()))
    async with left_to_the_sweeper("sending"):
        await look_after(services(), client, RELEASE, clock.now())
    return answer(200, _shown(sending))


@bp.route("sending/exemptions", methods=[func.HttpMethod.POST])
@allow("operator")
async def post_exemption(req: func.HttpRequest) -> func.HttpResponse:
    """Lift a rule for a while: allow a country, or free a caller from its rates. The body is `ExemptionBody`."""
    body = read_body(req, ExemptionBody)
    new = Exemption(**body.model_dump(), by=current_caller().name, at=clock.now())
    await audited("exemption.create", f"{new.kind}:{new.value}", owner=new.owner, until=clock.to_text(new.until))
    return answer(201, _shown(await services().controls.change(lambda known: known.with_exemption(new))))


def _pause_id(body: ScopeBody) -> str:
    """The same for one scope."""
    return digest(repr(sorted(body.scope().items())))[:12]


def _shown(sending: Sending) -> dict[str, Any]:
    now = clock.now()
    return {
        "pauses": [{**to_document(it), "isOver": bool(it.until and it.until <= now)} for it in sending.pauses],
        "exemptions": [{**to_document(it), "isOver": it.until <= now} for it in sending.exemptions],
    }
