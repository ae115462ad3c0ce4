"""The time of the local platform: every delay, timer and timestamp in `local/` comes from here."""

import asyncio
from datetime import UTC, datetime


class Clock:
    """Real time, in UTC."""

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        """Return when `moment` has come; at once if it is past."""
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  # the loop's clock runs apart from UTC; never too early
            await asyncio.sleep(left)
