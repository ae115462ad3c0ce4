"""Accepted work that is not done: so the platform knows when it is idle."""

import asyncio
from collections import Counter
from types import TracebackType


class Piece:
    """One thing that has been accepted. It ends once; to end it again changes nothing."""

    def __init__(self, work: "WorkInHand", what: str, weight: int) -> None:
        self._work, self._what, self._weight = work, what, weight
        self._is_open = True
        work.count(what, weight)

    def end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._work.count(self._what, -self._weight)

    def __enter__(self) -> "Piece":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()


class WorkInHand:
    """Counts the work of one process, from the moment it is accepted, not from its start.

    So the next piece of work begins before the one that causes it ends, and the count is 0 only when nothing can happen
    before time moves or a request comes. A piece that waits for time to pass, or for a person, is taken off by a `rest`
    of the same weight.
    """

    def __init__(self) -> None:
        self.total = 0
        """The pieces in hand, less those that rest. Below 0 when another process' work rests for ours."""
        self.changes = 0
        """How often the total has changed."""
        self.accepted = 0
        """How many pieces were accepted so far."""
        self._kinds: Counter[str] = Counter()
        self._ended: asyncio.Event | None = None

    def begin(self, what: str) -> Piece:
        """Accept a piece of work."""
        self.accepted += 1
        return Piece(self, what, 1)

    def rest(self, what: str, weight: int = 1) -> Piece:
        """Take so many pieces off the count until the rest ends."""
        return Piece(self, what, -weight)

    def resume(self, what: str) -> Piece:
        """Go on with what was accepted before."""
        return Piece(self, what, 1)

    async def until_at_most(self, total: int) -> None:
        """Wait until no more than this is in hand."""
        while self.total > total:
            self._ended = self._ended or asyncio.Event()
            await self._ended.wait()

    def __str__(self) -> str:
        """What is in hand, for the error of a wait that timed out."""
        return ", ".join(f"{what}: {count}" for what, count in self._kinds.items() if count) or "nothing"

    def count(self, what: str, weight: int) -> None:
        """A piece that begins, or with its weight reversed, one that ends."""
        self.total += weight
        self.changes += 1
        self._kinds[what] += weight
        if self._ended:
            self._ended.set()
            self._ended = None
