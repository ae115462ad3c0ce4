"""One try on one channel, and what its provider reports of it: a part of the record of a message.

Everything here is frozen; a method that changes something returns a new one. Nothing here reads the clock.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.traits import TRAITS

RANKS = ("sending", "unknown", "accepted", "sent", "timedOut", "failed", "delivered", "read")
"""The statuses of an attempt, lowest first. Whatever is learnt, in whatever order, only raises the rank."""

AN_OCCASION = timedelta(hours=1)
"""Reports of one kind within this time count as one: scanners open one email hundreds of times."""


def rank(status: str) -> int:
    """The place of an attempt's status in `RANKS`."""
    return RANKS.index(status)


@dataclass(frozen=True)
class Reason:
    """Why something did not work: a code from the closed list in docs/errors.md, and a sentence of ours."""

    code: str
    detail: str


CUT_OFF = Reason("noAnswer", "The call was cut off before its answer was known.")


@dataclass(frozen=True)
class Receipt:
    """A delivery report in our words: what became of an attempt, at the provider's time."""

    attempt: int
    status: str
    at: datetime
    reason: Reason | None = None


@dataclass(frozen=True)
class Engagement:
    """An email was "opened", or a link in it "clicked"."""

    attempt: int
    kind: str
    at: datetime


@dataclass(frozen=True)
class Reported:
    """One kind of report on one attempt, however often it came; `kind` is a receipt's status, or an engagement's kind.

    `count` is the number of occasions: a report within an hour of a known one, or between the first and the last, may
    be a redelivery and is not counted. So a redelivered report changes nothing, a record grows only with the kinds of
    reports, and hundreds of reports within an hour are one write. The order of reports may change `last_at`, by an hour
    at most, and `count`; it never changes the attempt.
    """

    attempt: int
    kind: str
    first_at: datetime
    last_at: datetime
    count: int = 1
    reason: Reason | None = None

    @classmethod
    def of(cls, news: Receipt | Engagement) -> "Reported":
        if isinstance(news, Receipt):
            return cls(news.attempt, news.status, news.at, news.at, reason=news.reason)
        return cls(news.attempt, news.kind, news.at, news.at)

    def is_like(self, other: "Reported") -> bool:
        return (self.attempt, self.kind, self.reason) == (other.attempt, other.kind, other.reason)

    def again(self, at: datetime) -> "Reported":
        """Reported once more."""
        is_later = at >= self.last_at + AN_OCCASION
        is_counted = is_later or at <= self.first_at - AN_OCCASION
        return replace(
            self,
            first_at=min(self.first_at, at),
            last_at=at if is_later else self.last_at,
            count=self.count + is_counted,
        )

    def added_to(self, known: "tuple[Reported, ...]") -> "tuple[Reported, ...]":
        """As one more of its kind, or as the first."""
        if not any(each.is_like(self) for each in known):
            return (*known, self)
        return tuple(each.again(self.first_at) if each.is_like(self) else each for each in known)


@dataclass(frozen=True)
class Attempt:
    """One try on one channel, numbered from 1 within its message. Repetitions of the same try raise `tries`.

    `failed_at` is the time of the last failure that was reported, for `failure`, on a channel that may bounce.
    """

    number: int
    channel: str
    to: str = field(default="", repr=False)
    status: str = RANKS[0]
    status_at: datetime | None = None
    reason: Reason | None = None
    tries: int = 0
    first_sent_at: datetime | None = None
    repeat_until: datetime | None = None
    retry_at: datetime | None = None
    provider_message_id: str | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    failure: Reason | None = None

    @property
    def is_settled(self) -> bool:
        """It has timed out, failed or arrived."""
        return rank(self.status) >= rank("timedOut")

    @property
    def has_arrived(self) -> bool:
        return rank(self.status) >= rank("delivered") and not self.has_bounced

    @property
    def bounced_at(self) -> datetime | None:
        """When it came back after it had been delivered."""
        is_bounce = self.failed_at and self.delivered_at and self.failed_at > self.delivered_at
        return self.failed_at if is_bounce else None

    @property
    def has_bounced(self) -> bool:
        """Whether it came back, and nobody has read it."""
        return self.status == "delivered" and self.bounced_at is not None

    @property
    def is_lost(self) -> bool:
        """It will not arrive any more."""
        return self.status == "failed" or self.has_bounced

    @property
    def was_taken(self) -> bool:
        """Whether its provider has taken it, whatever became of it then."""
        return self.provider_message_id is not None or self.status in ("accepted", "sent", "delivered", "read")

    def begun(self, at: datetime, repeat_window: timedelta) -> "Attempt":
        """About to be handed to the provider, for the first time or once more.

        If the result of the previous call was not recorded, that execution was interrupted, and its outcome is unknown.
        """
        again = replace(self, tries=self.tries + 1, retry_at=None)
        if self.first_sent_at is None:
            return replace(again, first_sent_at=at, repeat_until=at + repeat_window).raised_to("sending", at)
        return again if self.retry_at else again.raised_to("unknown", at, CUT_OFF)

    def raised_to(self, status: str, at: datetime, reason: Reason | None = None) -> "Attempt":
        """The higher status of the known and the new one; at equal rank the earlier, so that order does not matter."""
        delivered_at = min((time for time in (self.delivered_at, at) if time), default=None)
        known = replace(self, delivered_at=delivered_at) if rank(status) >= rank("delivered") else self
        if _standing(status, at, reason) >= _standing(self.status, self.status_at, self.reason):
            return known
        return replace(known, status=status, status_at=at, reason=reason)

    def reported(self, status: str, at: datetime, reason: Reason | None) -> "Attempt":
        """Fold in a report. Of several failures the last one counts, so their order does not matter either."""
        raised = self.raised_to(status, at, reason)
        if status != "failed" or not TRAITS[self.channel].may_bounce:
            return raised
        is_last = _moment(at, reason) > _moment(self.failed_at, self.failure)
        return replace(raised, failed_at=at, failure=reason) if is_last else raised


def _standing(status: str, at: datetime | None, reason: Reason | None) -> tuple[int, bool, float, str, str]:
    """What `raised_to` compares; the smallest stands."""
    return (-rank(status), at is None, *_moment(at, reason))


def _moment(at: datetime | None, reason: Reason | None) -> tuple[float, str, str]:
    return (at.timestamp() if at else 0, *((reason.code, reason.detail) if reason else ("", "")))
