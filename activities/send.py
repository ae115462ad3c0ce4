"""Activity: one attempt, on whichever channel."""

from typing import Any

import azure.durable_functions as df

from actions.in_our_words import in_our_words
from actions.send_attempt import send_attempt
from telemetry.traces import in_message_trace

bp = df.Blueprint()


@bp.activity_trigger(input_name="payload")
@bp.durable_client_input(client_name="client")
@in_message_trace
@in_our_words
async def send(payload: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """See `send_attempt`. The client is for a second execution, whose answer the waiting workflow does not know."""
    return await send_attempt(payload, client)
