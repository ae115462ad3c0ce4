"""The record of one outbound message: everything known about it, in one document.

Everything here is frozen; a method that changes something returns a new record. Nothing here reads the clock.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.messages.attempt import Attempt, Engagement, Reason, Receipt, Reported, rank
from domain.serialization import from_document, to_document
from domain.traits import TRAITS

GRACE = timedelta(hours=24)
"""How long after the last timeout the deadline of a message lies that has no `expiresAt`."""

LEAD = timedelta(minutes=2)
"""How long before `send_at` the workflow of a planned message starts: a pass runs each minute, and may find many."""

LATEST_TURN = timedelta(minutes=1)
"""How late the workflow may be before the sweeper handles the message."""

LONGEST_LIFE = timedelta(days=48)
"""From acceptance to outcome: 30 days to `sendAt`, 8 of quiet hours, 9 for three timeouts, 1 of grace."""


@dataclass(frozen=True)
class Wording:
    """What one channel carries. Subject and HTML are for email alone."""

    text: str | None = None
    subject: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class Content(Wording):
    """What the customer gets, on every channel that `channels` has no words of its own for.

    `template` is the name and the version of what it was made from, as `parcel-sent@3`, and `locale` the language.
    """

    channels: dict[str, Wording] | None = None
    template: str | None = None
    locale: str | None = None

    def on(self, channel: str) -> Wording:
        """What this channel carries: part by part its own words, else those for all."""
        own = (self.channels or {}).get(channel, Wording())
        return Wording(own.text or self.text, own.subject or self.subject, own.html or self.html)


@dataclass(frozen=True)
class RouteStep:
    """One channel of the route: how long a delivery report is waited for, and what counts as success."""

    channel: str
    timeout: timedelta
    confirm: str = "delivered"

    def is_met_by(self, attempt: "Attempt") -> bool:
        """Whether the attempt has got as far as `confirm` asks.

        Where nobody reports that a message was sent, "sent" means accepted by the provider.
        """
        if attempt.status == "timedOut" or attempt.is_lost:
            return False
        is_reported = self.confirm in TRAITS[self.channel].reports
        needed = self.confirm if is_reported or self.confirm != "sent" else "accepted"
        return rank(attempt.status) >= rank(needed)


@dataclass(frozen=True)
class Skip:
    """A channel of the route that could not be used, and so took no attempt."""

    channel: str
    reason: Reason


@dataclass(frozen=True)
class Held:
    """The message waits since then, though an attempt could begin: a pause stops it, for one channel or for all."""

    since: datetime
    reason: Reason
    channel: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """How the workflow ended. Written once; a later report may still raise the status of the message."""

    status: str
    channel: str | None = None
    attempt: int | None = None


@dataclass(frozen=True)
class Notice:
    """A change of the message's status to be published, numbered from 1 within the message."""

    number: int
    status: str
    at: datetime
    channel: str | None = None
    attempt: int | None = None


@dataclass(frozen=True)
class Message:
    """One message to one customer.

    `customer_id` is the digest of the caller's own id, which is kept as `external_customer_id`. `reference` and
    `metadata` are the caller's too, and are not interpreted. `topic` is what customers agree to or decline. `to`
    overrides the customer's contact points, by channel.
    `cancelled_at` is when it was called off, `terminated_at` when it was found that an operator has terminated its
    workflow. Of the messages to a customer with one `collapse_key` the newest is sent; `superseded_by` is what took the
    place of this one. `confirms_stop_at`: the STOP that this message confirms, and that it may pass. `turn` names the
    last decision, `step` is what it was, as the workflow was told. `due_at` is the earliest time at which the record
    must be looked at, after `sweeps` looks without success; None when it has ended. `start_at`
    is when its workflow is to be started; None once it was, and of a message that starts when it is accepted. `noticed`
    counts the notices so far; those in the `outbox` are published by the announcer at `tell_at`, unless they were
    before. `tend_at` is when the next chore of `domain/messages/retention.py` is due, `tended` names those that are
    done. `asked_in_vain` counts how often a provider could not be asked for a report that never came. `held` tells what
    stops it now; `held_at` is the version of the rules by which that was decided, so that whoever resumes sending finds
    it. `mode` is that of the key by which it was accepted; a `team` message goes only to `recipients`, digests of
    addresses. `accepted_by` and `accepted_from` tell who asked for it, and their IP address. `trace` is the
    `traceparent` (W3C Trace Context) that spans about the message continue, if anybody listened when it was accepted.
    """

    id: str
    conversation_id: str
    customer_id: str
    external_customer_id: str
    created_at: datetime
    content: Content = field(repr=False)
    route: tuple[RouteStep, ...]
    to: dict[str, str] = field(default_factory=dict, repr=False)
    priority: str = "normal"
    category: str = "transactional"
    topic: str | None = None
    collapse_key: str | None = None
    if_unknown: str = "retry"
    send_at: datetime | None = None
    expires_at: datetime | None = None
    reference: str | None = field(default=None, repr=False)
    metadata: dict[str, str] | None = field(default=None, repr=False)
    attempts: tuple[Attempt, ...] = ()
    skipped: tuple[Skip, ...] = ()
    reported: tuple[Reported, ...] = ()
    cancelled_at: datetime | None = None
    terminated_at: datetime | None = None
    superseded_by: str | None = None
    confirms_stop_at: datetime | None = None
    outcome: Outcome | None = None
    finished_at: datetime | None = None
    start_at: datetime | None = None
    due_at: datetime | None = None
    sweeps: int = 0
    tend_at: datetime | None = None
    tended: tuple[str, ...] = ()
    asked_in_vain: int = 0
    tell_at: datetime | None = None
    outbox: tuple[Notice, ...] = ()
    noticed: int = 0
    turn: str | None = None
    step: dict[str, Any] | None = None
    held: Held | None = None
    held_at: datetime | None = None
    opens_at: datetime | None = None
    mode: str = "live"
    recipients: tuple[str, ...] = field(default=(), repr=False)
    accepted_by: str | None = None
    accepted_from: str | None = field(default=None, repr=False)
    trace: str | None = None
    direction: str = "outbound"
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Message":
        message = from_document(cls, document)
        # written before reports were bounded by kind; such records are kept for as long as `Retention.messages`
        for receipt in document.get("receipts", ()):
            message = message.with_receipt(from_document(Receipt, receipt))
        for engagement in document.get("engagements", ()):
            message = message.with_engagement(from_document(Engagement, engagement))
        return message

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document

    # what is known

    @property
    def wake(self) -> str | None:
        """The event that the workflow waits for, if it waits; None before its first decision."""
        return f"wake-{self.turn}" if self.turn else None

    @property
    def deadline(self) -> datetime:
        """No attempt begins after this moment, and the message has its outcome."""
        timeouts = sum((route_step.timeout for route_step in self.route), timedelta())
        begins = max(filter(None, (self.created_at, self.send_at, self.opens_at)))
        return self.expires_at or begins + timeouts + GRACE

    @property
    def best(self) -> Attempt | None:
        """The attempt that determines the status of the message, if any arrived or met the `confirm` of its step.

        One that met its `confirm` before one that did not, then by rank, then by the provider's time. Where none does
        any more, since a provider took the message and told later that it failed, the one that the outcome names.
        """
        successes = [attempt for attempt in self.attempts if attempt.has_arrived or self.is_met_by(attempt)]
        named = self.attempt(self.outcome.attempt or 0) if self.outcome else None
        return min(successes, key=self._merit, default=named)

    def _merit(self, attempt: Attempt) -> tuple[bool, int, float, int]:
        at = attempt.status_at.timestamp() if attempt.status_at else 0
        return (not self.is_met_by(attempt), -rank(attempt.status), at, attempt.number)

    @property
    def status(self) -> str:
        """In flight: accepted, scheduled, sending or sent; then the outcome, or what a report raised it to.

        "bounced" is what had its outcome by an email that came back afterwards.
        """
        best = self.best
        if best and best.has_arrived and (self.outcome or self.is_met_by(best)):
            return best.status
        if self.outcome:
            return "bounced" if best and best.has_bounced else self.outcome.status
        if not self.attempts:
            return "scheduled" if self.send_at else "accepted"
        return "sent" if self.attempts[-1].was_taken else "sending"

    @property
    def may_still_arrive(self) -> list[int]:
        """The attempts that have begun and neither failed nor arrived: no cancel can call them back."""
        return [it.number for it in self.attempts if not it.is_lost and not it.has_arrived]

    @property
    def unreported(self) -> list[Attempt]:
        """The attempts that a provider has accepted and never reported on; no provider knows of a test message."""
        if self.mode == "test":
            return []
        reported = {each.attempt for each in self.reported}
        return [it for it in self.attempts if it.provider_message_id and it.number not in reported]

    def stands_for(self, news: Receipt | Engagement) -> bool:
        """Whether the record has the time of this report; otherwise it was one of many of its kind."""
        new = Reported.of(news)
        return any(each.is_like(new) and new.first_at in (each.first_at, each.last_at) for each in self.reported)

    def route_step(self, channel: str) -> RouteStep:
        [route_step] = [route_step for route_step in self.route if route_step.channel == channel]
        return route_step

    def is_met_by(self, attempt: Attempt) -> bool:
        """Whether the attempt is the success that its step of the route asks for."""
        return self.route_step(attempt.channel).is_met_by(attempt)

    def attempt(self, number: int) -> Attempt | None:
        return self.attempts[number - 1] if 0 < number <= len(self.attempts) else None

    def is_duplicate(self, attempt: Attempt) -> bool:
        """Whether the customer may have got the message once more through this attempt than through the best one."""
        best = self.best
        if best is None or attempt == best or attempt.is_lost:
            return False
        return attempt.has_arrived or attempt.number > best.number

    # what changes it

    def with_attempt(self, attempt: Attempt) -> "Message":
        """With an attempt added, or in place of the one that has its number."""
        return replace(self, attempts=(*self.attempts[: attempt.number - 1], attempt, *self.attempts[attempt.number :]))

    def with_skip(self, skip: Skip) -> "Message":
        """With a channel that cannot be used; the same record where it was used or skipped already."""
        known = {it.channel for it in self.attempts} | {it.channel for it in self.skipped}
        return self if skip.channel in known else replace(self, skipped=(*self.skipped, skip))

    def with_receipt(self, receipt: Receipt) -> "Message":
        """With a delivery report folded in, in whatever order reports arrive; the same record when it is not new."""
        return self._with_report(Reported.of(receipt), receipt.status)

    def with_engagement(self, engagement: Engagement) -> "Message":
        """An opened or clicked email has been read."""
        return self._with_report(Reported.of(engagement), "read")

    def _with_report(self, new: Reported, status: str) -> "Message":
        attempt = self.attempt(new.attempt)
        if attempt is None:
            return self
        told = attempt.reported(status, new.first_at, new.reason)
        return replace(self, reported=new.added_to(self.reported)).with_attempt(told)

    def without_content(self) -> "Message":
        """Without texts and addresses. Reports still find their attempts, by their ids alone."""
        attempts = tuple(replace(attempt, to="") for attempt in self.attempts)
        content = Content(template=self.content.template, locale=self.content.locale)
        return replace(self, content=content, to={}, attempts=attempts)

    def announcing(self, before: "Message | None", at: datetime) -> "Message":
        """With a notice in the outbox if the status is another than before."""
        if before is not None and before.status == self.status:
            return self
        shown = self.best or (self.attempts[-1] if self.attempts else None)
        place = (shown.channel, shown.number) if shown else (None, None)
        notice = Notice(self.noticed + 1, self.status, at, *place)
        return replace(self, noticed=notice.number, outbox=(*self.outbox, notice))
