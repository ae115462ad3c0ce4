"""HTTP: cancel a message."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.left_to_the_sweeper import left_to_the_sweeper
from actions.workflow import rouse
from domain import clock
from domain.errors import NotAllowed, Stale
from domain.messages.message import Message
from services import Services, services
from store.collisions import Collisions
from store.correlations import AcceptedRow
from telemetry.traces import message_span
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.requests.paths import message_id_in
from triggers.http.requests.read_body import read_body
from triggers.http.requests.request_bodies import ReferenceBody
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = (
    "It is not known whether the message is called off: attempts may begin until this request is answered 202. "
    "It is safe to send it again."
)


TRY_AGAIN_ALL = (
    "Some of the messages may be called off. Attempts may begin until this request is answered 202. "
    "It is safe to send it again."
)


@bp.route("messages/cancel", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@allow("sender", "operator", how_to_repeat=TRY_AGAIN_ALL, test_keys=True)
async def cancel_messages(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Cancel the messages with a reference, and tell what became of each. Safe to repeat.

    The body is `ReferenceBody`. A test key sees test messages alone.
    """
    members = await services().message_groups.filed(read_body(req, ReferenceBody).reference)
    rows = [AcceptedRow(each.message_id, each.conversation_id, "") for each in members]
    messages: list[Message] = []
    for row in rows:
        with suppress(NotAllowed):
            messages += filter(None, [await _called_off(services(), row)])
    if not messages:
        return problem("messageNotFound", "No message has this reference.")
    return answer(202, {"data": [await _roused(client, message) for message in messages]})


@bp.route("messages/{message_id}/cancel", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@allow("sender", "operator", how_to_repeat=TRY_AGAIN, test_keys=True)
async def cancel_message(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Cancel a message: after the 202 no attempt begins. 409 when it has arrived or ended otherwise.

    Attempts that have begun cannot be stopped: `mayStillArrive` names them. Safe to repeat.
    """
    message_id = message_id_in(req)
    row = await services().correlations.find_accepted(message_id) if message_id else None
    message = await _called_off(services(), row) if row else None
    if message is None:
        return problem("messageNotFound")
    if message.cancelled_at is None or message.status not in ("cancelled", *IN_FLIGHT):
        return problem("messageIsOver", f"The message is {message.status}, which cannot be called off.")
    return answer(202, await _roused(client, message))


IN_FLIGHT = ("accepted", "scheduled", "sending", "sent")


async def _roused(client: df.DurableOrchestrationClient, message: Message) -> dict[str, Any]:
    """Let its workflow end, if it was called off; what is told of it."""
    is_called_off = message.cancelled_at is not None and message.status in ("cancelled", *IN_FLIGHT)
    if is_called_off:
        with message_span("cancel message", message):
            services().status_events.tell(message)
            async with left_to_the_sweeper(message.id):
                await rouse(client, message)
    status = "cancelling" if is_called_off and not message.outcome else message.status
    return {"messageId": message.id, "status": status, "mayStillArrive": message.may_still_arrive}


async def _called_off(services: Services, row: AcceptedRow) -> Message | None:
    """The record with the cancel in it, as written, unless it has arrived or ended; None when there is no record."""
    collisions, is_audited = Collisions(), False
    while True:
        record = await services.messages.find(row.conversation_id, row.id)
        if record is None:
            return None
        message = record.message
        if message.mode != "test" and current_caller().mode == "test":
            raise NotAllowed("A test key cancels test messages alone.")
        if message.cancelled_at or message.outcome or any(attempt.has_arrived for attempt in message.attempts):
            return message
        if not is_audited:
            await audited("message.cancel", message.id)
            is_audited = True
        now = clock.now()
        try:
            return (await services.messages.replace(record, replace(message, cancelled_at=now), due_at=now)).message
        except Stale:
            await collisions.pause()
