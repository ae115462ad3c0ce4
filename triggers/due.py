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

    `page` gives so many at most, and again whatever no look got on with. `look` tells whether it got on, and does not
    raise. A page on which none did is the last: the next call would bring the same.
    """
    ends_at = time.monotonic() + within.total_seconds()
    while found := await page(AT_ONCE):
        got_on = await asyncio.gather(*map(look, found))
        if len(found) < AT_ONCE or not any(got_on) or time.monotonic() >= ends_at:
            return
