"""Activity: the decision."""

from typing import Any

import azure.durable_functions as df

from actions.in_our_words import in_our_words
from actions.turn import Turn, settle
from telemetry.traces import in_message_trace

bp = df.Blueprint()


@bp.activity_trigger(input_name="payload")
@in_message_trace
@in_our_words
async def take_next_step(payload: dict) -> dict[str, Any]:
    """Look at the record and decide what happens now.

    payload: {"messageId", "conversationId", "turn"}. Returns the step (`Decision.to_payload`). Safe to repeat: a turn
    is decided once.
    """
    return await settle(Turn.of(payload))
