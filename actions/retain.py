"""What is left to do for messages that have ended, as `domain/messages/retention.py` says."""

from dataclasses import replace
from datetime import timedelta

from azure.durable_functions import DurableOrchestrationClient

from actions.due import Pass
from actions.record_report import ask_for_reports
from actions.workflow import forget
from domain import clock
from domain.messages.retention import CONTENT, HISTORY, REPORTS
from services import Services
from store.messages import Record


async def retain(services: Services, client: DurableOrchestrationClient, record: Record) -> bool:
    """Ask for reports that never came, purge the history, erase texts and addresses: what of that is due.

    Do it, then record that it is done: after a crash between the two it is repeated, which is harmless.
    """
    message, now = record.message, clock.now()
    asked_in_vain = message.asked_in_vain
    due = [name for name, at in services.settings.retention.chores(message).items() if at <= now]
    if REPORTS in due:
        if not await ask_for_reports(services, client, message):
            due.remove(REPORTS)
            asked_in_vain += 1
        record = await services.messages.read(message.conversation_id, message.id)  # with what was learnt
    if HISTORY in due:
        await forget(client, message)
    changed = replace(record.message, tended=(*record.message.tended, *due), asked_in_vain=asked_in_vain)
    if CONTENT in due:
        changed = changed.without_content()
    await services.messages.replace(record, changed, due_at=now)
    return True


RETENTION = Pass(
    "retention",
    lambda services, before, top, shard: services.messages.to_tend(before, top, shard),
    retain,
    lambda record: record.message.id,
    within=timedelta(minutes=8),  # of the ten until the next pass
)
