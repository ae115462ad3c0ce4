"""A thread for what should be quick, and is not always."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = timedelta(milliseconds=10)
"""Of real time: for so long the event loop stands still for a job."""


class TurnThread:
    """Calls jobs on one thread, while the event loop stands still; a job that takes long goes on beside it.

    Python computes in one thread at a time. Where two have work, each system call of the one hands the interpreter to
    the other, and that costs more than most of these jobs. `most` jobs run at once; further ones wait.
    """

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._thread = self._new_thread()
        self._last: Future[Any] | None = None

    async def call(self, job: Callable[[], T]) -> T:
        """What the job returns, or raises."""
        async with self._places:
            if self._last and not self._last.done():
                self._thread.shutdown(wait=False)  # it ends with that job
                self._thread = self._new_thread()
            self._last = result = self._thread.submit(job)
            with suppress(TimeoutError):
                result.result(PATIENCE.total_seconds())
            return result.result() if result.done() else await asyncio.wrap_future(result)

    def stop(self) -> None:
        """Wait for nothing that goes on."""
        self._thread.shutdown(wait=False)

    def _new_thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="durable")
