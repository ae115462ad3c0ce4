"""Timer: starts the workflows of messages that are planned for later, shortly before their time."""

import azure.durable_functions as df
import azure.functions as func

from actions.due import look_after
from actions.in_our_words import in_our_words
from actions.start_planned import START
from domain import clock
from services import services

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def starter(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every minute: start each message whose `startAt` has come. Its workflow waits the rest, to the second."""
    now, next_start = clock.now(), await services().messages.next_start()
    if next_start and next_start <= now:
        await look_after(services(), client, START, now)
    elif next_start:
        clock.expect(next_start)
