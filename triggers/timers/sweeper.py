"""Timer: looks after records that are due and that nobody has looked at. Receipts hardly need it, crashes do."""

import azure.durable_functions as df
import azure.functions as func

from actions.due import look_after
from actions.in_our_words import in_our_words
from actions.release import RELEASE
from actions.rescue import EARLY, RESCUE
from domain import clock
from services import services

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def sweeper(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every minute: start what is missing, wake what waits too long or is held no longer, fold in early receipts."""
    now = clock.now()
    await look_after(services(), client, RESCUE, now)
    await look_after(services(), client, EARLY, now)
    await look_after(services(), client, RELEASE, now)
