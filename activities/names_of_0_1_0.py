"""Activities by the names that 0.1.0 ordered them by, for workflows that were under way at the upgrade.

A name that is missing leaves a workflow running for ever in Azure, without a word, and nothing would start it again.
They can go in the first version that says that nobody can upgrade to it from 0.1.0.
"""

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
async def send_whatsapp(payload: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    return await send_attempt({**payload, "channel": "whatsapp"}, client)


@bp.activity_trigger(input_name="payload")
@bp.durable_client_input(client_name="client")
@in_message_trace
@in_our_words
async def send_sms(payload: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    return await send_attempt({**payload, "channel": "sms"}, client)


@bp.activity_trigger(input_name="payload")
@bp.durable_client_input(client_name="client")
@in_message_trace
@in_our_words
async def send_email(payload: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    return await send_attempt({**payload, "channel": "email"}, client)
