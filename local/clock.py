"""The clock of the local platform: every delay, timer and timestamp in `local/` uses it."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

from local.work import WorkInHand


class Clock:
    """Real time, in UTC. `work` counts the pending work of this process, which virtual time waits for."""

    def __init__(self) -> None:
        self.work = WorkInHand()

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""
        return datetime.now(UTC)

    def sleep_until(self, moment: datetime) -> Awaitable[None]:
        """Return when `moment` has come; at once if it is past."""
        return self._sleep_until(moment)

    def tick(self, moment: datetime) -> Awaitable[None]:
        """Sleep until the next time of a schedule. Virtual time may skip runs that would do nothing."""
        return self.sleep_until(moment)

    def expect(self, moment: datetime) -> None:
        """Announce that the first run from then on has work. In real time every run happens, so this does nothing."""

    async def _sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  # the loop's clock may differ from UTC; never too early
            await asyncio.sleep(left)
