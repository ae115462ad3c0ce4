"""Which activities are running now, so that after a crash the next process knows which one may have caused it.

A page of memory that the operating system keeps in a file: marking a call costs no write to the disk, and outlives
the process, though not a power cut.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WIDTH = 8  # bytes for one sequence; 0 is a free place


class UnderWay:
    """As many places as calls may be under way at once."""

    def __init__(self, path: Path, places: int) -> None:
        size = places * WIDTH
        with path.open("a+b") as file:
            file.truncate(size)
            self._memory = mmap.mmap(file.fileno(), size)
        self.left_by_a_crash = [sequence for place in range(places) if (sequence := self._read(place))]
        """Sequences of the activities that were running when an earlier process died. Empty after a regular end."""
        self._free = list(range(places))
        self._clear()

    def close(self) -> None:
        """End regularly: activities that still run do not count as crashed."""
        self._clear()
        self._memory.close()

    @contextmanager
    def marked(self, sequence: int) -> Iterator[None]:
        place = self._free.pop()
        self._write(place, sequence)
        try:
            yield
        finally:
            if not self._memory.closed:
                self._write(place, 0)
            self._free.append(place)

    def _read(self, place: int) -> int:
        return int.from_bytes(self._memory[place * WIDTH : (place + 1) * WIDTH], "big")

    def _write(self, place: int, sequence: int) -> None:
        self._memory[place * WIDTH : (place + 1) * WIDTH] = sequence.to_bytes(WIDTH, "big")

    def _clear(self) -> None:
        self._memory[:] = bytes(len(self._memory))
