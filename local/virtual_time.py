"""Virtual time: it stands still until it is advanced, so that three days pass in a second, always in the same way.

Time moves in steps: always to the earliest moment that anything sleeps until, in either process of the platform;
then nothing moves before all that became due has happened, and all that followed from it. When that is, is counted,
not guessed (`local.work`): a workflow that was given something to do, an activity, a call of a function, a delivery
and a provider's request each count from the moment they are accepted until they are done, and the sleeper that time
has woken counts until it has continued. A call of another process counts until it was answered. So the platform is
idle when the two counts together are 0, seen at one moment: that of ours has not changed while we asked the other.

Who keeps back an answer (the faults `slow` and `hold`) takes two pieces off the count, the request here and the
caller there: time must be able to pass while both wait.

A schedule that ticks every minute would make a quiet month long. So when nothing but ticks has happened for as long as
`QUIET`, the next ones are skipped, until there is other work, or a time that the app expects, or the time that was
asked for. Then one tick makes up for them, as in Azure's host after a downtime.

Sleepers with the same time wake in the order in which they began to sleep, the host's before the stand-ins'.
"""

import asyncio
import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Protocol

from local.clock import Clock
from local.host.starting.cannot_start import CannotStart
from local.rfc3339 import from_text, to_text

QUIET = timedelta(minutes=65)
"""More than an hour: a message that is stuck is looked at by the sweeper every hour."""

KEPT_IN = "virtual-time"
"""The file in the data directory that holds the time, so that it never goes back."""


class Sleepers:
    """The sleepers and their times."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def add(self, moment: datetime) -> asyncio.Future[None]:
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._heap, (moment, next(self._numbers), sleeper))
        return sleeper

    def next_due(self) -> datetime | None:
        while self._heap and self._heap[0][2].done():  # who was cancelled sleeps no more
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def wake(self, now: datetime) -> int:
        """Wake the sleepers of that time; return how many there were."""
        woken = 0
        while (due := self.next_due()) and due <= now:
            heapq.heappop(self._heap)[2].set_result(None)
            woken += 1
        return woken


class VirtualClock(Clock):
    """Stands still, at `now` to begin with, until it is moved."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now
        self._sleepers, self._ticks = Sleepers(), Sleepers()
        self._quiet_since, self._accepted_before = now, 0

    def now(self) -> datetime:
        return self._now

    def sleep_until(self, moment: datetime) -> asyncio.Future[None]:
        """Sleep from this call on, not from the first await: `next_due` must know of it in time."""
        return self._sleepers.add(moment) if moment > self._now else _already()

    def tick(self, moment: datetime) -> asyncio.Future[None]:
        return self._ticks.add(moment) if moment > self._now else _already()

    def expect(self, moment: datetime) -> None:
        if moment > self._now:
            self._sleepers.add(moment)  # nobody awaits it, but time stops there and the ticks are heard

    def next_due(self) -> datetime | None:
        """The earliest moment that somebody waits for."""
        self._notice_work()
        tick = self._ticks.next_due()
        is_heard = tick is not None and tick - self._quiet_since <= QUIET
        return earliest(self._sleepers.next_due(), tick if is_heard else None)

    def set(self, moment: datetime) -> None:
        """It is `moment` now, if it is not later already. Nobody wakes yet."""
        self._now = max(self._now, moment)

    def wake(self) -> None:
        """Wake whoever sleeps until now."""
        waking = self.work.resume("waking")
        self._ticks.wake(self._now)
        if self._sleepers.wake(self._now):
            self._quiet_since = self._now
        asyncio.get_running_loop().call_soon(waking.end)  # behind all those who have just been woken

    def _notice_work(self) -> None:
        if self.work.accepted != self._accepted_before:
            self._quiet_since, self._accepted_before = self._now, self.work.accepted


def earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _already() -> asyncio.Future[None]:
    past = asyncio.get_running_loop().create_future()
    past.set_result(None)
    return past


@dataclass(frozen=True)
class Standing:
    """How far a process has got: the work it has in hand, and the earliest moment that anything sleeps until."""

    at_work: int
    next_due: datetime | None


class OtherProcess(Protocol):
    """The process whose time moves along with ours."""

    async def settled(self, spare: int, now: datetime | None = None) -> Standing:
        """Move it to `now`, and return when it has no more than `spare` in hand, or after a moment of real time."""


class Timeline:
    """The time of the whole platform: of this process and of the other, if there is one.

    Without `keep` the time is forgotten with the process.
    """

    def __init__(self, clock: VirtualClock, other: OtherProcess | None = None, keep: Path | None = None) -> None:
        self.clock, self._other, self._keep = clock, other, keep
        self._one_at_a_time = asyncio.Lock()

    async def advance(self, until: datetime | timedelta) -> None:
        """Let everything happen that is due by then, each thing at its time.

        A length of time begins when whoever moved the time before is done, so that two of them add up. Raises
        `OverflowError` for one beyond the last year.
        """
        async with self._one_at_a_time:
            if isinstance(until, timedelta):
                until = self.clock.now() + until
            due = await self._settled()
            while due is not None and due < until:
                due = await self._step(due)
            await self._step(until)

    async def settled(self) -> None:
        """Wait until all is done that can be done now."""
        async with self._one_at_a_time:
            await self._settled()

    async def _step(self, moment: datetime) -> datetime | None:
        if self._keep:
            keep(self._keep, moment)
        self.clock.set(moment)
        if self._other:
            await self._other.settled(-self.clock.work.total, now=moment)
        self.clock.wake()
        await asyncio.sleep(0)  # those who were woken go on first, so that the count says what they do
        return await self._settled()

    async def _settled(self) -> datetime | None:
        """Wait until nobody works; the earliest moment that anything sleeps until."""
        work = self.clock.work
        while True:
            await work.until_at_most(0)
            if self._other is None:
                return self.clock.next_due()
            seen = work.changes
            other = await self._other.settled(-work.total)
            if work.changes == seen and work.total + other.at_work <= 0:
                return earliest(self.clock.next_due(), other.next_due)


def clock_of(kind: str, data_directory: Path) -> Clock:
    """A "real" clock, or a "virtual" one at the time that is kept in the data directory; real time to begin with.

    Raises `CannotStart` where real time would go back behind what has happened in virtual time, and for a time that
    cannot be read.
    """
    file, now = data_directory / KEPT_IN, datetime.now(UTC)
    kept = _kept_in(file) if file.exists() else None
    if kind == "real":
        if kept and kept > now:
            raise CannotStart(
                f"it is {to_text(kept)} already in {data_directory}. Use --clock virtual, or other --data."
            )
        return Clock()
    if kept is None:
        try:
            keep(file, now)
        except OSError as error:
            raise CannotStart(f"{file} cannot be written: {error.strerror}.") from None
    return VirtualClock(kept or now)


def _kept_in(file: Path) -> datetime:
    try:
        return from_text(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CannotStart(
            f"{file} does not hold a time. Write one there, such as {to_text(datetime.now(UTC))}."
        ) from None


def keep(file: Path, moment: datetime) -> None:
    """Write the time down, as a whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(to_text(moment), encoding="utf-8")
    unfinished.rename(file)
