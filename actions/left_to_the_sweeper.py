"""Best-effort steps after a durable write: if one fails, the sweeper repeats it later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telemetry.log_lines import json_log
from telemetry.metrics import message_left_to_sweeper

log = json_log(__name__)

WITHIN_SECONDS = 10
"""In real time. A caller who waits longer might give up without learning that the message was accepted."""


@asynccontextmanager
async def left_to_the_sweeper(message_id: str) -> AsyncIterator[None]:
    """Ignore failures and timeouts of this block: the sweeper repeats its work within two minutes."""
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            yield
    except Exception as fault:  # noqa: BLE001  # whatever it is, what was written is true
        log.warning("left to the sweeper", messageId=message_id, error=type(fault).__name__)
        message_left_to_sweeper()
