"""Computing in one thread at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock


class AloneWhileQuick:
    """Lets one thread compute at a time, as long as none takes longer than `patience` of real time.

    Python computes in one thread at a time; several only hand the interpreter to and fro, which costs a fifth of all
    turns. One that takes long, or blocks, though it must not, holds up the others no longer than this.
    """

    def __init__(self, patience: timedelta) -> None:
        self._patience_seconds = patience.total_seconds()
        self._lock = Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        lock = self._lock
        if not lock.acquire(timeout=self._patience_seconds):
            lock = Lock()  # whoever has the other one keeps it, and nobody waits for that any more
            lock.acquire()
            self._lock = lock
        try:
            yield
        finally:
            lock.release()
