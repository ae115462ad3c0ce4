"""A customer is erased: what is stopped, what is erased when, and the receipt of it. A pure function of the record."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

Stage = Literal["stopping", "erasing", "erased", "completed"]
"""`stopping`: nothing new begins, and what is under way ends. `erasing`: what is kept is deleted. `erased`: it is; what
arrives late is waited for, and then the first two are done once more. `completed`: that is done, too."""

LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""At the next pass."""

QUIET_FOR = timedelta(minutes=2)
"""From the end of the last message: a call that has outlived its timeout may be written down for so long."""

LATE_AFTER = timedelta(hours=25)
"""Event Grid delivers an event for 24 hours, and then it is a dead letter."""


@dataclass(frozen=True)
class Seen:
    """What is kept of the customer now: how many of each kind, how many messages are in flight, and when the last one
    ended. `is_empty`: all was deleted that there is, also what nobody counts.
    """

    kept: Mapping[str, int] = field(default_factory=dict)
    in_flight: int = 0
    last_end: datetime | None = None
    is_empty: bool = False


@dataclass(frozen=True)
class Erasure:
    """The erasure of one customer. `customer_id` and `addresses` are gone when it is completed.

    `customer_key` names the customer in answers. `addresses` are keyed hashes. `waiting_for` is the number of messages
    that have not ended, or whose workflow has not. `erased` counts what was deleted, by kind.
    """

    id: str
    customer_key: str
    requested_at: datetime
    requested_by: str
    customer_id: str | None = None
    stage: Stage = "stopping"
    addresses: tuple[str, ...] = ()
    waiting_for: int = 0
    erased: dict[str, int] = field(default_factory=dict)
    suppressions_kept: int = 0
    erased_at: datetime | None = None
    completed_at: datetime | None = None
    due_at: datetime | None = None
    schema: int = 1

    @property
    def state(self) -> Stage:
        """As it is told: what was erased stays so, while what comes late is looked for."""
        return "completed" if self.completed_at else "erased" if self.erased_at else self.stage


def next_move(erasure: Erasure, seen: Seen, now: datetime) -> Erasure:
    """The record after one look, with the time of the next one.

    Before `erasing` it says what will be deleted, so that the receipt is the same however often that is interrupted.
    """
    match erasure.stage:
        case "stopping" if seen.in_flight:
            return replace(erasure, waiting_for=seen.in_flight, due_at=now + LOOK_AGAIN_AFTER)
        case "stopping" if seen.last_end and now < seen.last_end + QUIET_FOR:
            return replace(erasure, waiting_for=0, due_at=seen.last_end + QUIET_FOR)
        case "stopping":
            counts = dict(Counter(erasure.erased) + Counter(seen.kept))
            return replace(erasure, stage="erasing", waiting_for=0, erased=counts, due_at=now)
        case "erasing" if not seen.is_empty:
            return replace(erasure, waiting_for=seen.kept.get("messages", 0), due_at=now + LOOK_AGAIN_AFTER)
        case "erasing" if erasure.erased_at is None:
            return replace(erasure, stage="erased", waiting_for=0, erased_at=now, due_at=now + LATE_AFTER)
        case "erasing":
            return replace(erasure, stage="completed", customer_id=None, addresses=(), completed_at=now, due_at=None)
        case "erased":
            return replace(erasure, stage="stopping", due_at=now)
        case "completed":
            return replace(erasure, due_at=None)
