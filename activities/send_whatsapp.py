"""Activity: one attempt by WhatsApp."""

from typing import Any

import azure.durable_functions as df

from actions.in_our_words import in_our_words
from activities.send import send
from telemetry.traces import in_message_trace

bp = df.Blueprint()


@bp.activity_trigger(input_name="payload")
@bp.durable_client_input(client_name="client")
@in_message_trace
@in_our_words
async def send_whatsapp(payload: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """See `send`. The client is for a second execution, whose answer the waiting workflow does not know."""
    return await send("whatsapp", payload, client)
