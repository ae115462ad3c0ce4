"""Frequency caps: how much marketing a customer gets at most within a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

Sends = Mapping[str, datetime]
"""When marketing was last sent to a customer, by the id of the message. A fallback is the same message once more."""


@dataclass(frozen=True)
class Cap:
    """At most `most` messages within any time of length `within`."""

    most: int
    within: timedelta

    def is_reached(self, sends: Sends, message_id: str, now: datetime) -> bool:
        """Whether another message has no room. One that is counted already has its place."""
        if message_id in sends:
            return False
        return sum(now - at < self.within for at in sends.values()) >= self.most


def counting(sends: Sends, caps: Iterable[Cap], message_id: str, now: datetime) -> dict[str, datetime]:
    """With this message, and without those that no cap counts any more."""
    longest = max((cap.within for cap in caps), default=timedelta(0))
    recent = {each: at for each, at in sends.items() if now - at < longest}
    return {**recent, message_id: sends.get(message_id, now)} if longest else {}
