"""HTTP: move a message in time, while nothing was sent."""

from dataclasses import replace
from datetime import datetime

import azure.durable_functions as df
import azure.functions as func

from actions.left_to_the_sweeper import left_to_the_sweeper
from actions.workflow import rouse
from domain import clock
from domain.errors import InvalidMessage, NotAllowed, Stale
from domain.messages.message import LATEST_TURN, LEAD, Message
from domain.messages.proposal import check_times, start_of
from services import services
from store.collisions import Collisions
from store.correlations import AcceptedRow
from telemetry.traces import message_span
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.messages_api import as_told
from triggers.http.requests.paths import message_id_in
from triggers.http.requests.read_body import read_body
from triggers.http.requests.request_bodies import TimesBody
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = "It is not known whether the message was changed. Send the same request again: that is safe."


@bp.route("messages/{message_id}", methods=[func.HttpMethod.PATCH])
@bp.durable_client_input(client_name="client")
@allow("sender", "operator", how_to_repeat=TRY_AGAIN, test_keys=True)
async def patch_message(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Move `sendAt` or `expiresAt`, while no attempt has begun: 200, else 409. The body is `TimesBody`."""
    message_id, body = message_id_in(req), read_body(req, TimesBody)
    row = await services().correlations.find_accepted(message_id) if message_id else None
    message = await _moved(row, body) if row else None
    if message is None:
        return problem("messageNotFound")
    if _is_over(message):
        return problem("messageIsOver", "An attempt has begun, or the message has ended. Its times were not changed.")
    with message_span("move message", message):
        if message.start_at is None:
            async with left_to_the_sweeper(message.id):
                await rouse(client, message)
    return answer(200, as_told(message))


def _is_over(message: Message) -> bool:
    return bool(message.outcome or message.attempts or message.cancelled_at or message.superseded_by)


async def _moved(row: AcceptedRow, body: TimesBody) -> Message | None:
    """The record with these times, as written, unless an attempt has begun; None when there is no record."""
    collisions, is_audited = Collisions(), False
    while True:
        record = await services().messages.find(row.conversation_id, row.id)
        if record is None:
            return None
        message, now = record.message, clock.now()
        if _is_over(message):
            return message
        if message.mode != "test" and current_caller().mode == "test":
            raise NotAllowed("A test key changes test messages alone.")
        moved = _with_times(message, body, now)
        if not is_audited:
            await audited("message.move", message.id)
            is_audited = True
        due_at = (moved.start_at + LEAD if moved.start_at else now) + LATEST_TURN
        try:
            return (await services().messages.replace(record, moved, due_at)).message
        except Stale:
            await collisions.pause()


def _with_times(message: Message, body: TimesBody, now: datetime) -> Message:
    """Raises `InvalidMessage`. A message whose workflow has started keeps it: it waits for the new time itself."""
    if body.send_at is None and body.expires_at is None:
        raise InvalidMessage(("sendAt", "required", "is required, or expiresAt"))
    send_at, expires_at = body.send_at or message.send_at, body.expires_at or message.expires_at
    check_times(send_at, expires_at, now)
    has_started = message.start_at is None
    send_at = send_at if send_at and send_at > now else None
    return replace(
        message, send_at=send_at, expires_at=expires_at, start_at=None if has_started else start_of(send_at, now)
    )
