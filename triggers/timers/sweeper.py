"""Timer: looks after records that are due and that nobody has looked at. Receipts hardly need it, crashes do."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import OrchestrationRuntimeStatus as Status

from actions.in_our_words import in_our_words
from actions.record_report import record_early
from actions.workflow import ring, start, status
from domain import clock
from domain.errors import Stale
from domain.messages.next_step import next_step
from services import Services, services
from store.correlations import attempt_row_in
from store.documents import Stored
from store.messages import Record
from telemetry.log_lines import json_log
from telemetry.metrics import message_is_stuck, swept
from telemetry.traces import message_span
from triggers.timers.due import go_through

bp = df.Blueprint()
log = json_log(__name__)

WITHIN = timedelta(seconds=25)  # of its minute, for messages and then for reports that came too early
PAUSES = (1, 2, 5, 15, 60)
"""Minutes until the next look at a record that stays as it is; the last stands for all further ones."""


@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def sweeper(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every minute: start what is missing, ring what runs, fold what was not. One record holds up none."""
    now, overdue = clock.now(), list[datetime]()

    async def page_of_messages(top: int) -> list[Record]:
        found = await services().messages.due(now, top)
        overdue.extend(it.message.due_at for it in found if it.message.due_at and not it.message.outcome)
        return found

    async def look_at_message(record: Record) -> bool:
        with message_span("look after message", record.message):
            return await _gets_on(record.message.id, _look_after(services(), record, client))

    async def look_at_early(stored: Stored) -> bool:
        return await _gets_on(stored.document["messageId"], _fold_early(services(), stored, client))

    await go_through(page_of_messages, look_at_message, WITHIN)
    swept(overdue)
    await go_through(lambda top: services().correlations.due(now, top), look_at_early, WITHIN)


async def _gets_on(message_id: str, look: Awaitable[None]) -> bool:
    try:
        await look
    except Stale:
        return False  # somebody else has looked
    except Exception as fault:  # noqa: BLE001  # whatever it is, the others are looked after
        log.error("message stays due", messageId=message_id, error=type(fault).__name__)  # noqa: TRY400  # our words
        return False
    return True


async def _fold_early(services: Services, stored: Stored, client: df.DurableOrchestrationClient) -> None:
    """Receipts that came before their attempt was known, whose sender may have died between knowing and folding."""
    await record_early(services, client, attempt_row_in(stored.document))
    await services.correlations.folded(stored)


async def _look_after(services: Services, record: Record, client: df.DurableOrchestrationClient) -> None:
    """Help first, then put off the next look: a crash between the two helps once more, which is harmless."""
    message, now = record.message, clock.now()
    is_terminated = message.outcome is None and await _help(record, client)
    sweeps = message.sweeps + 1
    if sweeps >= len(PAUSES):
        message_is_stuck()
        log.error("message does not get on", messageId=message.id, sweeps=sweeps)
    changed = replace(message, sweeps=sweeps)
    if is_terminated:  # what that means is decided as ever: a message that has arrived has arrived
        changed = next_step(replace(changed, terminated_at=now), None, now).message
    pause = timedelta(minutes=PAUSES[min(sweeps, len(PAUSES)) - 1])
    written = (await services.messages.replace(record, changed, due_at=now + pause)).message
    if is_terminated:
        await services.conversations.message_finished(written, is_new=True)
    services.status_events.tell(written)


async def _help(record: Record, client: df.DurableOrchestrationClient) -> bool:
    """Whether an operator has terminated the workflow; else it runs again, or is rung.

    Raises `WorkflowUnavailable` when the host does not say how it stands: a start would revive one that was terminated.
    """
    message = record.message
    workflow = await status(client, message.id)
    match workflow.runtime_status if workflow else None:
        case Status.Terminated:
            return True
        case Status.Suspended:
            return False
        case Status.Running | Status.Pending | Status.ContinuedAsNew:
            await ring(client, message)
        case _:  # missing, failed, or completed without an outcome in the record
            await start(client, message)
    return False
