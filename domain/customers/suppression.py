"""Why an address must not be written to: what the customer, the provider or an operator has said of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

SuppressionReason = Literal["stop", "complaint", "carrier", "manual", "hardBounce"]
"""`stop`: they wrote STOP. `complaint`: they reported a message as spam. `carrier`: they told the provider to stop.
`manual`: somebody of the company asked for it. `hardBounce`: the address does not exist. The first that holds is told.
"""
REASONS: tuple[SuppressionReason, ...] = ("stop", "complaint", "carrier", "manual", "hardBounce")

BOUNCE_LASTS = timedelta(days=180)
"""How long an address that bounced is left alone: a mailbox may be created again."""

CONFIRMED_WITHIN = timedelta(minutes=5)
"""How long after a STOP the one message may leave that confirms it."""

LIFTED_BY_START: tuple[SuppressionReason, ...] = ("stop", "carrier")
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Suppression:
    """One reason, from `at` on, until `until` or until it is lifted; for all messages, or for those of `categories`.

    Times are those of whoever said so. `source` tells who that was: `reply`, `report`, or the name of a caller.
    `lifted_at` may be known before `at`: then a word that takes effect later has arrived first.
    """

    reason: SuppressionReason
    at: datetime | None = None
    lifted_at: datetime | None = None
    until: datetime | None = None
    source: str = ""
    categories: tuple[str, ...] = ()
    note: str | None = field(default=None, repr=False)

    def holds(self, now: datetime) -> bool:
        """Whether it is in force. Lifted at the very moment when it was said, it is."""
        if self.at is None or (self.lifted_at and self.lifted_at > self.at):
            return False
        return self.until is None or now < self.until

    def stops(self, category: str, now: datetime) -> bool:
        return self.holds(now) and (not self.categories or category in self.categories)

    def is_confirmed_by(self, confirms_stop_at: datetime | None, now: datetime) -> bool:
        """Whether a message may pass that confirms this very STOP."""
        is_of_it = self.reason == "stop" and self.at is not None and self.at == confirms_stop_at
        return is_of_it and confirms_stop_at is not None and now < confirms_stop_at + CONFIRMED_WITHIN

    def joined(self, other: "Suppression") -> "Suppression":
        """Two words on the same: what is in force is never shortened, and only a lifting ends it.

        STOP and START, which come as events, give the same in whatever order and however often they come.
        """
        lifted_at = max(filter(None, (self.lifted_at, other.lifted_at)), default=None)
        earlier, later = sorted((self, other), key=_weight)
        if earlier.at is None or (lifted_at and lifted_at > earlier.at):
            return replace(later, lifted_at=lifted_at)
        until = max(earlier.until, later.until) if earlier.until and later.until else None
        return replace(later, lifted_at=lifted_at, until=until)


def _weight(said: Suppression) -> tuple[datetime, str, str]:
    """Whose words are kept."""
    return (said.at or NEVER, said.source, said.note or "")


def merged(known: Iterable[Suppression], news: Iterable[Suppression]) -> tuple[Suppression, ...]:
    """Each merges with the same reason for the same categories alone, so that neither a bounce nor a narrower word
    takes the place of a STOP. A lifting is of the reason, whatever its categories.
    """
    words: dict[tuple[SuppressionReason, tuple[str, ...]], Suppression] = {}
    lifted_at: dict[SuppressionReason, datetime] = {}
    for each in (*known, *news):
        key = (each.reason, each.categories)
        words[key] = words[key].joined(each) if key in words else each
        if each.lifted_at:
            lifted_at[each.reason] = max(each.lifted_at, lifted_at.get(each.reason, NEVER))
    said = {reason for (reason, _), word in words.items() if word.at}
    kept = [word for (reason, _), word in words.items() if word.at or reason not in said]
    ordered = sorted(kept, key=lambda word: (REASONS.index(word.reason), word.categories))
    return tuple(replace(word, lifted_at=lifted_at.get(word.reason)) for word in ordered)


def stopped(at: datetime, source: str) -> tuple[Suppression, ...]:
    """The customer wrote STOP."""
    return (Suppression("stop", at=at, source=source),)


def started(at: datetime) -> tuple[Suppression, ...]:
    """The customer wrote START, which carriers obey, too."""
    return tuple(lifted(reason, at) for reason in LIFTED_BY_START)


def lifted(reason: SuppressionReason, at: datetime) -> Suppression:
    """This reason counts no more, if it was said before."""
    return Suppression(reason, lifted_at=at)
