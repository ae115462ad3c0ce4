"""A thread for what should be quick, and is not always."""

import asyncio
import queue
import threading
from collections.abc import Callable
from datetime import timedelta

Job = Callable[[], object]

PATIENCE = timedelta(seconds=0.1)
"""Of real time; a job that takes longer, or up to twice as long, no longer holds up the others."""


class TurnThread:
    """Calls jobs one after the other, on one thread; another takes over from a thread whose job takes long.

    Python computes in one thread at a time. Several that have work only hand the interpreter to and fro between the
    cores, which costs as much again as the work. `most` threads are alive at once, all but one with a job that takes
    long: then the others do wait. Used from one event loop. A job does not raise.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._alive: set[threading.Thread] = set()
        self._in_charge: threading.Thread | None = None
        self._begun: Job | None = None
        self._begun_at_last_look: Job | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def submit(self, job: Job) -> None:
        self._jobs.put(job)
        if self._in_charge is None:
            self._take_over()
        if self._alarm is None:
            self._look_again()

    def stop(self) -> None:
        """Leave what has not begun, and do not wait for what has."""
        if self._alarm:
            self._alarm.cancel()
        self._in_charge = None
        self._jobs.put(None)

    def _take_over(self) -> None:
        thread = threading.Thread(target=self._work, name="orchestrator", daemon=True)
        self._alive.add(thread)
        self._in_charge = thread
        thread.start()

    def _work(self) -> None:
        me = threading.current_thread()
        while self._in_charge is me and (job := self._jobs.get()):
            self._begun = job
            job()
        self._alive.discard(me)

    def _look_again(self) -> None:
        self._begun_at_last_look = self._begun
        self._alarm = asyncio.get_running_loop().call_later(PATIENCE.total_seconds(), self._look)

    def _look(self) -> None:
        self._alarm = None
        if self._jobs.empty():
            return  # nobody is held up; the next job looks again
        if self._begun is self._begun_at_last_look and len(self._alive) < self._most:
            self._take_over()
        self._look_again()
