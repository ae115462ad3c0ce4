"""What has been accepted and is not done: how the platform knows that it is idle."""

import asyncio
from collections import Counter
from types import TracebackType


class Piece:
    """One thing that has been accepted. It ends once; to end it again changes nothing."""

    def __init__(self, work: "WorkInHand", what: str, weight: int) -> None:
        self._work, self.what, self.weight = work, what, weight
        self._is_open = True

    def end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._work.ended(self)

    def __enter__(self) -> "Piece":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()


class WorkInHand:
    """Counts the work of one process, from the moment it is accepted, not from its start.

    So whoever hands on work begins the next piece before ending his own, and the count is 0 only when nothing can
    happen any more before time moves or somebody asks. A piece that waits for time to pass, or for a person, is taken
    off by a `rest` of the same weight.
    """

    def __init__(self) -> None:
        self.total = 0
        """The pieces in hand, less those that rest. Below 0 when another process' work rests for ours."""
        self.changes = 0
        """How many pieces have begun or ended so far."""
        self._kinds: Counter[str] = Counter()
        self._ended: asyncio.Event | None = None

    def begin(self, what: str, weight: int = 1) -> Piece:
        """Accept a piece of work."""
        self._count(what, weight)
        return Piece(self, what, weight)

    def rest(self, what: str, weight: int = 1) -> Piece:
        """Take so many pieces off the count until the rest ends."""
        return self.begin(what, -weight)

    def ended(self, piece: Piece) -> None:
        self._count(piece.what, -piece.weight)

    async def until_at_most(self, total: int) -> None:
        """Wait until no more than this is in hand."""
        while self.total > total:
            self._ended = self._ended or asyncio.Event()
            await self._ended.wait()

    def __str__(self) -> str:
        """What is in hand, for whoever waits in vain."""
        return ", ".join(f"{what}: {count}" for what, count in self._kinds.items() if count) or "nothing"

    def _count(self, what: str, weight: int) -> None:
        self.total += weight
        self.changes += 1
        self._kinds[what] += weight
        if self._ended:
            self._ended.set()
            self._ended = None
