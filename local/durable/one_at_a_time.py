"""Work by key: many keys in parallel, one at a time for each key, and no memory for keys without work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from local.clock import Clock
from local.work import Piece

Key = TypeVar("Key")
log = logging.getLogger("host.durable")

FIRST_PAUSE = timedelta(seconds=1)
DOUBLINGS = 6
"""The pauses after a failure grow so many times, to about a minute."""


class OneAtATime(Generic[Key]):
    """Calls `handle(key)` soon after each `wake(key)`, `limit` of them at once.

    A key woken while it is handled is handled once more, so no new work is missed. One whose handling fails is handled
    again after a pause, which grows until it succeeds. From `wake` until it is handled, a key is the clock's work,
    called `what` there; while it pauses it is not.
    """

    def __init__(self, handle: Callable[[Key], Awaitable[None]], limit: int, clock: Clock, what: str) -> None:
        self._handle, self._clock, self._what = handle, clock, what
        self._waiting: asyncio.Queue[Key] = asyncio.Queue()
        self._queued: dict[Key, Piece] = {}
        self._running: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._retries: dict[Key, asyncio.Future[None]] = {}
        self._is_stopped = False
        self._workers = [asyncio.create_task(self._work()) for _ in range(limit)]

    def wake(self, key: Key) -> None:
        if key not in self._queued and not self._is_stopped:
            self._queued[key] = self._clock.work.begin(self._what)
            if key not in self._running:
                self._waiting.put_nowait(key)

    async def stop(self) -> None:
        """Give up what is under way."""
        ending = [*self._workers, *self._retries.values()]
        for each in ending:
            each.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        self._is_stopped = True  # whoever is woken now is so by the next start
        for piece in self._queued.values():
            piece.end()

    async def _work(self) -> None:
        while True:
            key = await self._waiting.get()
            self._running.add(key)
            with self._queued.pop(key):
                try:
                    await self._handle(key)
                    self._failures.pop(key, None)
                except Exception:  # noqa: BLE001  # a fault of ours must not end the worker for all other keys
                    self._try_later(key)
            self._running.discard(key)
            if key in self._queued:
                self._waiting.put_nowait(key)

    def _try_later(self, key: Key) -> None:
        """It is stored, and nothing else may ever wake the key again."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        pause = FIRST_PAUSE * 2 ** min(failures - 1, DOUBLINGS)
        text = "The durable engine failed at the %s of '%s', %d times by now, and tries again in %d s"
        log.exception(text, self._what, key, failures, pause.total_seconds())
        if before := self._retries.pop(key, None):
            before.cancel()
        retry = self._retries[key] = asyncio.ensure_future(self._clock.sleep_until(self._clock.now() + pause))
        retry.add_done_callback(lambda retry: None if retry.cancelled() else self._retry(key))

    def _retry(self, key: Key) -> None:
        del self._retries[key]
        self.wake(key)
