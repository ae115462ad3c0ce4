"""Timer: publishes notices that are left in the outboxes of records, or kept of replies."""

import azure.durable_functions as df
import azure.functions as func

from actions.due import look_after
from actions.in_our_words import in_our_words
from actions.publish_left import NOTICES, REPLY_NOTICES
from domain import clock
from services import services

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="20 * * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def announcer(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every minute: publish what is left and empty the outboxes, until the topic does not answer."""
    now = clock.now()
    await look_after(services(), client, REPLY_NOTICES, now)
    await look_after(services(), client, NOTICES, now)
