"""A thread for jobs that are usually quick."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

TIMEOUT = timedelta(milliseconds=10)
"""In real time: how long the event loop waits for a batch of jobs."""


class TurnThread:
    """Calls jobs on one thread while the event loop waits; a slow job continues in parallel.

    Python runs one thread at a time. With two busy threads, each system call passes the interpreter to the other
    thread, which costs more than most of these jobs. Passing a job to the thread and its result back costs as much
    again. So jobs that are ready together are passed together. At most `most` run at a time; further ones wait.
    """

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._jobs: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._ended: deque[tuple[asyncio.Future[Any], Callable[[], None]]] = deque()
        self._is_called = self._loop_stands = False
        self._thread = self._new_thread()
        self._work: Future[None] | None = None

    async def call(self, job: Callable[[], T]) -> T:
        """What the job returns, or raises."""
        async with self._places:
            loop = asyncio.get_running_loop()
            done: asyncio.Future[T] = loop.create_future()
            self._jobs.append((job, done))
            self._call_soon(loop)
            return await done

    def stop(self) -> None:
        """Start no more jobs, and do not wait for running ones."""
        self._jobs.clear()
        self._thread.shutdown(wait=False)

    def _call_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._jobs and not self._is_called:
            self._is_called = True
            loop.call_soon(self._stand_still, loop)  # after whoever else has a job now

    def _stand_still(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the thread work, and collect its results within the timeout."""
        self._is_called = False
        if self._work and not self._work.done():
            self._thread.shutdown(wait=False)  # it ends with the job that it is at
            self._thread = self._new_thread()
        if self._jobs:
            self._loop_stands = True
            self._work = self._thread.submit(self._work_off, self._thread, loop)
            with suppress(TimeoutError):
                self._work.result(TIMEOUT.total_seconds())
            self._loop_stands = False
        self._tell()
        self._call_soon(loop)

    def _work_off(self, thread: ThreadPoolExecutor, loop: asyncio.AbstractEventLoop) -> None:
        """On the thread: call one job after the other, until none is left or another thread has taken over."""
        while thread is self._thread:
            try:
                job, done = self._jobs.popleft()
            except IndexError:
                return
            self._ended.append((done, _outcome(job, done)))
            if not self._loop_stands:  # looked at after the job is in the list, as the loop looks there after this
                with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                    loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        while self._ended:
            done, tell = self._ended.popleft()
            if not done.done():  # its caller has not gone
                tell()

    def _new_thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="durable")


def _outcome(job: Callable[[], T], done: asyncio.Future[T]) -> Callable[[], None]:
    """Call the job; how to tell whoever waits."""
    try:
        return partial(done.set_result, job())
    except BaseException as error:  # noqa: BLE001  # it belongs to the caller, who gets it
        return partial(done.set_exception, error)
