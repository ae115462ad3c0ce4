"""Work by key: many keys at once, each key one at a time, and nothing in memory for keys without work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from local.work import Piece, WorkInHand

Key = TypeVar("Key")
log = logging.getLogger("host.durable")


class OneAtATime(Generic[Key]):
    """Calls `handle(key)` soon after each `wake(key)`, `limit` of them at once.

    A key woken while it is handled is handled once more: what came in between is seen. From `wake` until it is
    handled, a key is `work`, called `what` there.
    """

    def __init__(self, handle: Callable[[Key], Awaitable[None]], limit: int, work: WorkInHand, what: str) -> None:
        self._handle, self._work_in_hand, self._what = handle, work, what
        self._waiting: asyncio.Queue[Key] = asyncio.Queue()
        self._queued: dict[Key, Piece] = {}
        self._running: set[Key] = set()
        self._workers = [asyncio.create_task(self._work()) for _ in range(limit)]

    def wake(self, key: Key) -> None:
        if key not in self._queued:
            self._queued[key] = self._work_in_hand.begin(self._what)
            if key not in self._running:
                self._waiting.put_nowait(key)

    async def stop(self) -> None:
        """Give up what is under way."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        for piece in self._queued.values():
            piece.end()

    async def _work(self) -> None:
        while True:
            key = await self._waiting.get()
            self._running.add(key)
            with self._queued.pop(key):
                try:
                    await self._handle(key)
                except Exception:  # a fault of ours must not end the worker for all other keys
                    log.exception("The durable engine failed at a piece of work; it stays stored until the next start")
            self._running.discard(key)
            if key in self._queued:
                self._waiting.put_nowait(key)
