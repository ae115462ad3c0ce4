"""A clock that only a test moves."""

import asyncio
from datetime import UTC, datetime, timedelta

from local.clock import Clock

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ManualClock(Clock):
    """Stands still until `advance`; who sleeps wakes when the moment has come."""

    def __init__(self) -> None:
        super().__init__()
        self._now = MORNING
        self._moved = asyncio.Condition()
        self._sleepers: set[datetime] = set()

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, moment: datetime) -> None:
        async with self._moved:
            while moment > self._now:
                self._sleepers.add(moment)
                self._moved.notify_all()
                await self._moved.wait()

    async def advance(self, **by: float) -> None:
        """Move on by so many `timedelta` units."""
        async with self._moved:
            self._now += timedelta(**by)
            self._sleepers = {moment for moment in self._sleepers if moment > self._now}
            self._moved.notify_all()

    async def until_somebody_sleeps_until(self, moment: datetime) -> None:
        """Return once a sleeper waits for exactly this moment."""
        async with self._moved:
            await self._moved.wait_for(lambda: moment in self._sleepers)
