"""The only module that reads the clock and waits for a point in time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any


def _system_time() -> datetime:
    return datetime.now(UTC)


source: Callable[[], datetime] = _system_time
"""The source of `now`. The local platform replaces it with its own clock; in Azure it stays."""


def _nobody(_: datetime) -> None:
    """In Azure every run of a timer happens, so nothing has to be announced."""


expect: Callable[[datetime], None] = _nobody
"""Called with the time when a timer will next find work. The local platform, whose time may jump, uses it."""


def now() -> datetime:
    """The current moment, aware and in UTC."""
    return source()


async def _wait(task: asyncio.Task[Any], until: datetime) -> None:
    await asyncio.wait({task}, timeout=(until - now()).total_seconds())


wait: Callable[[asyncio.Task[Any], datetime], Awaitable[None]] = _wait
"""How `in_time` waits for the task or the time. The local platform replaces this too."""


async def in_time(task: asyncio.Task[Any], until: datetime) -> bool:
    """Whether the task is done by then; it continues in any case. Never returns False before that time."""
    while not task.done() and now() < until:  # the loop's clock may differ from UTC
        await wait(task, until)
    return task.done()


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, to the microsecond, so that texts sort as their moments do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """An aware moment from RFC 3339. A text without an offset is taken as UTC, as Azure's own events mean it."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def believed(earliest: datetime, *claimed: datetime | None) -> datetime:
    """The first of these times of foreign clocks that lies between `earliest` and now; else now.

    A time that cannot be true counts as missing: a foreign clock decides neither order nor retention.
    """
    latest = now()
    return next((moment for moment in claimed if moment and earliest <= moment <= latest), latest)
