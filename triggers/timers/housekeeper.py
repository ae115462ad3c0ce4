"""Timer: what is left to do for messages that have ended, as `domain/messages/retention.py` says."""

import azure.durable_functions as df
import azure.functions as func

from actions.due import look_after
from actions.erase_customer import ERASE
from actions.in_our_words import in_our_words
from actions.retain import RETENTION
from domain import clock
from services import services

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="30 */10 * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def housekeeper(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every ten minutes: ask for reports that never came, purge histories, erase texts and addresses, and customers."""
    now = clock.now()
    await look_after(services(), client, RETENTION, now)
    await look_after(services(), client, ERASE, now)
