"""Retries within one call of Event Grid: after a failed call, Event Grid waits for minutes before the next one."""

from asyncio import sleep
from collections.abc import Awaitable, Callable
from random import uniform
from time import monotonic

from actions.workflow import WorkflowUnavailable
from domain.errors import StoreUnavailable
from telemetry.log_lines import json_log

log = json_log(__name__)

WITHIN_SECONDS = 25
"""Event Grid waits 30 s for a response. Later tries would run in parallel with its redelivery, which is harmless but
useless.
"""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5


async def while_event_grid_waits(record: Callable[[], Awaitable[None]]) -> None:
    """Record an event, with retries while the store or the host is unavailable. Raises what the last try has raised.

    `record` is safe to repeat. A store that throttles is asked less and less often, and not by all events at once.
    """
    ends_at, pause = monotonic() + WITHIN_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            return await record()
        except (StoreUnavailable, WorkflowUnavailable) as fault:
            if monotonic() + pause > ends_at:
                raise
            log.info("event is tried again", fault=str(fault))
        await sleep(uniform(pause / 2, pause))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
