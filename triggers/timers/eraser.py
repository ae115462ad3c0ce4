"""Timer: goes on with the erasures of customers."""

import azure.durable_functions as df
import azure.functions as func

from actions.due import look_after
from actions.erase_customer import ERASE
from actions.in_our_words import in_our_words
from domain import clock
from services import services

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="40 * * * * *")
@bp.durable_client_input(client_name="client")
@in_our_words
async def eraser(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """Every minute: do what is due of each erasure."""
    await look_after(services(), client, ERASE, clock.now())
