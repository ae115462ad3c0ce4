"""Passes over records that are due. Neither a large number of records nor a broken one delays the others.

A timer handles one page itself. If that page is full, there may be many more; since a timer runs on one instance only,
an activity for each shard of the store handles the rest.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from azure.durable_functions import DurableOrchestrationClient

from actions.workflow import WorkflowUnavailable, start_pass
from domain.errors import Stale
from services import Services
from telemetry.log_lines import json_log

log = json_log(__name__)

T = TypeVar("T")

AT_ONCE = 50  # in flight together; each waits for the network most of its time


def seen_by_nobody(_: Sequence[Any]) -> None:
    """Count nothing."""


@dataclass(frozen=True)
class Pass:
    """`page(services, before, top, shard)` gives what is due, the most overdue first; of all shards for None.

    `handle` may be repeated. It raises `Stale` if another worker changed the record first, and returns whether it
    succeeded. `name_of` returns the message id for the log. `seen` counts what was found.
    """

    name: str
    page: Callable[[Services, datetime, int, int | None], Awaitable[Sequence[Any]]]
    handle: Callable[[Services, DurableOrchestrationClient, Any], Awaitable[bool]]
    name_of: Callable[[Any], str]
    seen: Callable[[Sequence[Any]], None] = seen_by_nobody
    within: timedelta = timedelta(seconds=50)  # of the minute until the next pass, in real time


async def look_after(services: Services, client: DurableOrchestrationClient, what: Pass, now: datetime) -> None:
    """Handle one page of due records. If there are more, start the pass over all shards."""
    found = await what.page(services, now, AT_ONCE, None)
    what.seen(found)
    await asyncio.gather(*(_handled(services, client, what, each) for each in found))
    if len(found) < AT_ONCE:
        return
    try:
        await start_pass(client, what.name, now)
    except WorkflowUnavailable:
        log.warning("crowd is not spread", what=what.name)
        await look_after_all(services, client, what, now, None)


async def look_after_all(
    services: Services, client: DurableOrchestrationClient, what: Pass, before: datetime, shard: int | None
) -> int:
    """Handle everything due in a shard, or in the whole store, within the time of a pass; return the number handled."""

    async def page(top: int) -> Sequence[Any]:
        return await what.page(services, before, top, shard)

    async def handled(each: Any) -> bool:
        return await _handled(services, client, what, each)

    return await go_through(page, handled, what.within)


async def _handled(services: Services, client: DurableOrchestrationClient, what: Pass, each: Any) -> bool:
    try:
        return await what.handle(services, client, each)
    except Stale:
        return False  # somebody else has written it, and looks after it
    except Exception as fault:  # noqa: BLE001  # whatever it is, the others are handled
        error = type(fault).__name__
        log.error("message stays due", messageId=what.name_of(each), what=what.name, error=error)  # noqa: TRY400
        return False


async def go_through(
    page: Callable[[int], Awaitable[Sequence[T]]], look: Callable[[T], Awaitable[bool]], within: timedelta
) -> int:
    """Go through the due records page by page, until none is left or the time (real time) is over; return how many
    succeeded.

    `page` gives so many of the most overdue ones. `look` tells whether it succeeded, and does not raise. Failed ones
    stay due and come first again, so the next page skips them.
    """
    ends_at, stays_due, succeeded = time.monotonic() + within.total_seconds(), 0, 0
    while found := (await page(stays_due + AT_ONCE))[stays_due:]:
        results = await asyncio.gather(*map(look, found))
        stays_due += results.count(False)
        succeeded += results.count(True)
        if len(found) < AT_ONCE or time.monotonic() >= ends_at:
            break
    return succeeded
