"""The window of a number: how long somebody who wrote may be answered in free text."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Window:
    """When somebody last wrote from one number, and when a free text to it was last refused."""

    wrote_at: datetime | None = None
    refused_at: datetime | None = None

    def is_closed(self, lasts: timedelta, now: datetime) -> bool:
        """Whether the last message is older than the window, or a refusal came since. Unknown is worth a try."""
        if self.refused_at and (self.wrote_at is None or self.wrote_at <= self.refused_at):
            return True
        return self.wrote_at is not None and now >= self.wrote_at + lasts

    @property
    def learnt_at(self) -> float:
        return max(at.timestamp() if at else 0 for at in (self.wrote_at, self.refused_at))

    def joined(self, other: "Window") -> "Window":
        """The latest times are kept, whatever the order of updates."""
        return Window(latest(self.wrote_at, other.wrote_at), latest(self.refused_at, other.refused_at))


def latest(*moments: datetime | None) -> datetime | None:
    return max(filter(None, moments), default=None)
