"""Timer: starts the workflows of messages that are planned for later, shortly before their time."""

from dataclasses import replace
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

from actions.in_our_words import in_our_words
from actions.workflow import start
from domain import clock
from domain.errors import Stale
from services import Services, services
from store.messages import Record
from telemetry.log_lines import json_log
from telemetry.traces import message_span
from triggers.timers.due import go_through

bp = df.Blueprint()
log = json_log(__name__)

WITHIN = timedelta(seconds=50)  # of its minute


@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def starter(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every minute: start each message whose `startAt` has come. Its workflow waits the rest, to the second."""
    now, messages = clock.now(), services().messages

    async def begin(record: Record) -> bool:
        with message_span("start planned message", record.message):
            return await _begun(services(), record, client)

    next_start = await messages.next_start()
    if next_start and next_start <= now:
        await go_through(lambda top: messages.to_start(now, top), begin, WITHIN)
    elif next_start:
        clock.expect(next_start)


async def _begun(services: Services, record: Record, client: df.DurableOrchestrationClient) -> bool:
    """Start first, then take `startAt` away: a crash between the two starts once more, which is harmless."""
    message = record.message
    try:
        await start(client, message)
        await services.messages.replace(record, replace(message, start_at=None), due_at=message.due_at or clock.now())
    except Stale:
        pass  # by the workflow itself, as a rule, whose first decision takes it away too
    except Exception as fault:  # noqa: BLE001  # whatever it is, the others are started
        log.error("message stays planned", messageId=message.id, error=type(fault).__name__)  # noqa: TRY400  # our words
        return False
    return True
