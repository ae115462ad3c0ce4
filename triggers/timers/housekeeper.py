"""Timer: what is left to do for messages that have ended, as `domain/messages/retention.py` says."""

from dataclasses import replace
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

from actions.in_our_words import in_our_words
from actions.record_report import ask_for_reports
from actions.workflow import forget
from domain import clock
from domain.errors import Stale
from domain.messages.retention import CONTENT, HISTORY, REPORTS
from services import Services, services
from store.messages import Record
from telemetry.log_lines import json_log
from triggers.timers.due import go_through

bp = df.Blueprint()
log = json_log(__name__)

WITHIN = timedelta(minutes=8)  # of the ten until it is called again


@bp.timer_trigger(arg_name="timer", schedule="30 */10 * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def housekeeper(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every ten minutes: ask for reports that never came, purge histories, erase texts and addresses."""

    async def look(record: Record) -> bool:
        try:
            await _tend(services(), record, client)
        except Stale:
            pass  # somebody else has written: the next time
        except Exception as fault:  # noqa: BLE001  # whatever it is, the others are tended
            error = type(fault).__name__
            log.error("message is not tended", messageId=record.message.id, error=error)  # noqa: TRY400  # our words
        else:
            return True
        return False

    now = clock.now()
    await go_through(lambda top: services().messages.to_tend(now, top), look, WITHIN)


async def _tend(services: Services, record: Record, client: df.DurableOrchestrationClient) -> None:
    """Do what is due, then write down that it is done: a crash between the two does it once more, which is harmless."""
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
    tended = replace(record.message, tended=(*record.message.tended, *due), asked_in_vain=asked_in_vain)
    if CONTENT in due:
        tended = tended.without_content()
    await services.messages.replace(record, tended, due_at=now)
