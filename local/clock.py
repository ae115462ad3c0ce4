"""The time of the local platform: every delay, timer and timestamp in `local/` comes from here."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

from local.work import WorkInHand


class Clock:
    """Real time, in UTC. `work` counts what this process does, which a clock that stands still has to know."""

    def __init__(self) -> None:
        self.work = WorkInHand()

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""
        return datetime.now(UTC)

    def sleep_until(self, moment: datetime) -> Awaitable[None]:
        """Return when `moment` has come; at once if it is past."""
        return self._sleep_until(moment)

    def tick(self, moment: datetime) -> Awaitable[None]:
        """Sleep until the next moment of a schedule. Virtual time may let ticks pass at which nothing would happen."""
        return self.sleep_until(moment)

    def expect(self, moment: datetime) -> None:
        """Something will be done at the first tick from then on. Where every tick comes, that is no news."""

    async def _sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  # the loop's clock may differ from UTC; never too early
            await asyncio.sleep(left)
