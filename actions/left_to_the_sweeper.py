"""What is done for a record that is durable and due already, so that its failure costs time and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telemetry.log_lines import json_log
from telemetry.metrics import message_left_to_sweeper

log = json_log(__name__)

WITHIN_SECONDS = 10
"""Real ones. A caller who waited longer might give up, and learn nothing of what was accepted."""


@asynccontextmanager
async def left_to_the_sweeper(message_id: str) -> AsyncIterator[None]:
    """Go on, whatever fails or hangs in here: the sweeper does it within two minutes."""
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            yield
    except Exception as fault:  # noqa: BLE001  # whatever it is, what was written is true
        log.warning("left to the sweeper", messageId=message_id, error=type(fault).__name__)
        message_left_to_sweeper()
