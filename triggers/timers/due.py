"""Going through records that are due, so that neither many of them nor a broken one hold up the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 50  # in flight together; each waits for the network most of its time


async def go_through(
    page: Callable[[int], Awaitable[Sequence[T]]], look: Callable[[T], Awaitable[bool]], within: timedelta
) -> None:
    """Look at page after page of what is due, until that is all, or the time (a real one) is over.

    `page` gives the so many that are due longest. `look` tells whether it got on, and does not raise. What it did not
    get on with stays due and comes first again, so the next page begins behind it.
    """
    ends_at, stays_due = time.monotonic() + within.total_seconds(), 0
    while found := (await page(stays_due + AT_ONCE))[stays_due:]:
        got_on = await asyncio.gather(*map(look, found))
        stays_due += got_on.count(False)
        if len(found) < AT_ONCE or time.monotonic() >= ends_at:
            return
