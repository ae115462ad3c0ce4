"""Resumes messages that are overdue, and handles reports that came before their attempt was known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from azure.durable_functions import DurableOrchestrationClient
from azure.durable_functions import OrchestrationRuntimeStatus as Status

from actions.due import Pass
from actions.record_report import record_early
from actions.turn import Turn, settle
from actions.workflow import ring, start, status
from domain import clock
from domain.messages.message import Message
from services import Services
from store.correlations import attempt_row_in
from store.documents import Stored
from store.messages import Record
from telemetry.log_lines import json_log
from telemetry.metrics import message_is_stuck, swept
from telemetry.traces import message_span

log = json_log(__name__)

PAUSES = (1, 2, 5, 15, 60)
"""Minutes until the next look at a record that stays as it is; the last stands for all further ones."""


async def rescue(services: Services, client: DurableOrchestrationClient, record: Record) -> bool:
    """Start a missing workflow, wake a running one, end a message whose workflow was terminated."""
    message = record.message
    with message_span("look after message", message):
        if message.outcome is None and await _is_terminated(client, message):
            await _end_terminated(services, message)
        else:
            await _put_off(services, record)
    return True


async def _is_terminated(client: DurableOrchestrationClient, message: Message) -> bool:
    """Whether an operator has terminated the workflow; else it runs again, or is rung.

    Raises `WorkflowUnavailable` when the host does not return a status: a start would revive a terminated workflow.
    """
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


async def _put_off(services: Services, record: Record) -> None:
    """Act first, then postpone the next check: after a crash in between the action is repeated, which is harmless."""
    sweeps = record.message.sweeps + 1
    if sweeps >= len(PAUSES):
        message_is_stuck()
        log.error("message is stuck", messageId=record.message.id, sweeps=sweeps)
    pause = timedelta(minutes=PAUSES[min(sweeps, len(PAUSES)) - 1])
    changed = replace(record.message, sweeps=sweeps)
    services.status_events.tell((await services.messages.replace(record, changed, clock.now() + pause)).message)


async def _end_terminated(services: Services, message: Message) -> None:
    """An operator has terminated the workflow, and it is not started again. A turn in its place records that and
    decides as usual: a message that was delivered stays delivered.
    """
    now = clock.now()
    turn = Turn(services, message.id, message.conversation_id, f"{now:%Y%m%dT%H%M%S%f}-0000")
    await settle(turn, partial(_terminated, at=now))


def _terminated(message: Message, at: datetime) -> Message:
    return replace(message, terminated_at=message.terminated_at or at)


def _count(found: Sequence[Record]) -> None:
    swept([it.message.due_at for it in found if it.message.due_at and not it.message.outcome])


async def fold_early(services: Services, client: DurableOrchestrationClient, stored: Stored) -> bool:
    """Folds in receipts that came before their attempt was known, if the sender crashed before it could."""
    await record_early(services, client, attempt_row_in(stored.document))
    await services.correlations.folded(stored)
    return True


RESCUE = Pass(
    "rescue",
    lambda services, before, top, shard: services.messages.due(before, top, shard),
    rescue,
    lambda record: record.message.id,
    _count,
)
EARLY = Pass(
    "early",
    lambda services, before, top, shard: services.correlations.due(before, top, shard),
    fold_early,
    lambda stored: stored.document["messageId"],
)
