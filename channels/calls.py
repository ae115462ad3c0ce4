"""Limits the number and the duration of provider calls, so that a slow provider does not block the others."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from domain import clock
from domain.errors import SupersededTurn
from domain.messages.answers import TryLater
from domain.messages.attempt import Reason
from telemetry.log_lines import json_log

T = TypeVar("T")
log = json_log(__name__)

MOST_CALLS = 6
"""Of one sender at once, in each worker. Should all calls of all senders hang, some of the activities that run at once
(`maxConcurrentActivityFunctions` in host.json) are left for decisions."""

QUICK_SECONDS = 1.0
"""The longest call of a healthy provider; so long a call waits in line before the provider counts as slow."""

LONGEST_CALL_SECONDS = 40.0
"""A token has 10, connecting and a response 25. The clients only limit the time without data, so a response could
trickle for ever.
"""

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)


def later(waited: timedelta) -> TryLater:
    """The answer when no call may be made now. The attempt waits as long again as it has waited, so pauses double."""
    reason = Reason("unavailable", "Too many calls wait for the provider's answer already.")
    return TryLater(reason, min(max(waited, SHORTEST_PAUSE), LONGEST_PAUSE), was_asked=False)


async def bounded(call: Awaitable[T], otherwise: T) -> T:
    """The result of a provider call; `otherwise` when it does not end in time and is cancelled."""
    try:
        async with asyncio.timeout(LONGEST_CALL_SECONDS):
            return await call
    except TimeoutError:
        return otherwise


class Share:
    """The calls that one sender may make at a time in this worker."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_CALLS)
        self._quick_calls = 0
        self._is_slow = False

    @asynccontextmanager
    async def taken(self, until: datetime) -> AsyncIterator[bool]:
        """Whether a call may be made within this block, which then counts as one.

        A burst waits in line, since a healthy provider lets it through soon. After a call has waited without success,
        no call waits until one is quick again: a waiting call holds one of the slots that all activities share.
        """
        if not await self._take((until - clock.now()).total_seconds()):
            yield False
            return
        begun = monotonic()
        try:
            yield True
        finally:
            self._free.release()
            if monotonic() - begun < QUICK_SECONDS:
                self._quick_calls, self._is_slow = self._quick_calls + 1, False

    async def _take(self, timeout_seconds: float) -> bool:
        gives_up_at = monotonic() + timeout_seconds
        while (left := gives_up_at - monotonic()) > 0 and not (self._is_slow and self._free.locked()):
            before = self._quick_calls
            try:
                async with asyncio.timeout(min(left, QUICK_SECONDS)):
                    await self._free.acquire()
            except TimeoutError:
                self._is_slow = self._is_slow or (left >= QUICK_SECONDS and self._quick_calls == before)
            else:
                return True
        return False


class Calls:
    """The calls of providers that this worker makes."""

    def __init__(self) -> None:
        self._shares: defaultdict[tuple[str, str], Share] = defaultdict(Share)
        self._under_way: set[asyncio.Task[Any]] = set()

    def share_of(self, channel: str, sender: str) -> Share:
        return self._shares[channel, sender]

    async def in_time(self, call: Coroutine[Any, Any, T], until: datetime, message_id: str) -> T | None:
        """What `call` returns; None when it is not over by then.

        The call then continues, since it may still succeed, and must record its result itself. It ends with the worker,
        as every call in progress does.
        """
        task = asyncio.create_task(call, name=message_id)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            if await clock.in_time(task, until):
                return task.result()
        except asyncio.CancelledError:  # the host stops
            task.cancel()
            raise
        task.add_done_callback(_tell_of_failure)
        return None

    async def close(self) -> None:
        """Cancel the calls in progress."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


def _tell_of_failure(task: asyncio.Task[Any]) -> None:
    """Nobody awaits it any more. If it could not record its result, a report or the sweeper does."""
    if task.cancelled():
        return
    error = task.exception()
    if error and not isinstance(error, SupersededTurn):  # the workflow has gone on, and the answer is in the record
        log.warning("late answer not recorded", messageId=task.get_name(), error=type(error).__name__)
