"""Lends the platform's clock to the app.

The platform knows an app by its environment, by HTTP and by the functions that its `function_app.py` registers. The
clock is the only exception: an app that supports virtual time has a module `domain.clock` with `source` (returns the
time), `expect` (is told when a timer will next have work) and `wait` (waits for a task or a time), which are replaced
here.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from local.clock import Clock
from local.virtual_time import VirtualClock


@contextmanager
def lent(clock: Clock) -> Iterator[None]:
    """Meanwhile an app that takes the time from `domain.clock` alone, as Landfall does, takes it from this clock.

    And this clock is told the moments that the app expects.
    """
    module = sys.modules.get("domain.clock")
    if module is None or not hasattr(module, "source"):  # the second is some other app's
        yield
        return
    own: dict[str, Any] = {
        name: getattr(module, name) for name in ("source", "expect", "wait") if hasattr(module, name)
    }
    vars(module).update(source=clock.now, expect=clock.expect)
    if isinstance(clock, VirtualClock) and "wait" in own:
        vars(module).update(wait=partial(_wait, clock))
    try:
        yield
    finally:
        vars(module).update(own)


async def _wait(clock: VirtualClock, task: asyncio.Task[Any], until: datetime) -> None:
    """Until the task is done or the moment has come. From then on the task is work of its own: nobody awaits it."""

    def goes_on(alarm: asyncio.Future[None]) -> None:
        if not (alarm.cancelled() or task.done()):
            at_work = clock.work.begin("call that nobody awaits")
            task.add_done_callback(lambda _: at_work.end())

    alarm = clock.sleep_until(until)
    alarm.add_done_callback(goes_on)  # before those who wait: time must not go on between the two
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
