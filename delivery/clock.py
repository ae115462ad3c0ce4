"""The only place where the product reads the time."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


source: Callable[[], datetime] = _system_time
"""What `now` asks. The local platform puts its own clock here; Azure never does."""


def now() -> datetime:
    """The current moment, aware and in UTC."""
    return source()


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, to the microsecond, so that texts sort as their moments do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """An aware moment from RFC 3339. A text without an offset is taken as UTC, as Azure's own events mean it."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
