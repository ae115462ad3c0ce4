"""A message that a caller wants to send, before it is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.customers.customer import Customer
from domain.errors import InvalidMessage
from domain.identities import digest
from domain.messages.message import LATEST_TURN, LEAD, Content, Message, RouteStep
from domain.traits import CHANNELS, TRAITS

FURTHEST = timedelta(days=30)
JUST_PAST = timedelta(minutes=5)
"""A `sendAt` that is past by less counts as now: the request took its time, or the caller's clock is ahead."""


def default_route(channels: Iterable[str]) -> tuple[RouteStep, ...]:
    """A step for each channel, with its default timeout."""
    return tuple(RouteStep(channel, TRAITS[channel].default_timeout) for channel in channels)


def check_times(send_at: datetime | None, expires_at: datetime | None, now: datetime) -> None:
    """Raises `InvalidMessage` for a time in the past or too far ahead."""
    named = (("sendAt", send_at, now - JUST_PAST), ("expiresAt", expires_at, now))
    wrong = [name for name, moment, after in named if moment and not after < moment <= now + FURTHEST]
    if wrong:
        raise InvalidMessage(*((name, "outOfRange", "must lie ahead, at most 30 days") for name in wrong))
    if send_at and expires_at and expires_at <= send_at:
        raise InvalidMessage(("expiresAt", "contradiction", "must be later than sendAt"))


def start_of(send_at: datetime | None, now: datetime) -> datetime | None:
    """When the workflow of a message starts that is planned for this time; None for immediately."""
    return send_at - LEAD if send_at and send_at - LEAD > now else None


@dataclass(frozen=True)
class TemplateUse:
    """What is said comes from this template, with this data, in this language or the customer's."""

    name: str
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    locale: str | None = None


@dataclass(frozen=True)
class Proposal:
    """A message to be. With a `template` its content is made when it is accepted. `transliterate`: an SMS may say it
    in other letters, where that takes fewer parts.

    `customer_id` is the caller's own id. Without a route, the channels that the customer prefers are taken, else all.
    `to` overrides the customer's contact points, by channel. Times are aware.
    """

    customer_id: str
    content: Content = field(repr=False)
    template: TemplateUse | None = None
    transliterate: bool = False
    conversation_id: str | None = None
    route: tuple[RouteStep, ...] | None = None
    to: dict[str, str] = field(default_factory=dict, repr=False)
    priority: str = "normal"
    category: str = "transactional"
    topic: str | None = None
    collapse_key: str | None = None
    confirms_stop_at: datetime | None = None
    if_unknown: str = "retry"
    send_at: datetime | None = None
    expires_at: datetime | None = None
    reference: str | None = field(default=None, repr=False)
    metadata: dict[str, str] | None = field(default=None, repr=False)

    def check_times(self, now: datetime) -> None:
        """Raises `InvalidMessage` for a time in the past or too far ahead."""
        check_times(self.send_at, self.expires_at, now)

    def to_message(
        self, message_id: str, conversation_id: str, customer: Customer | None, now: datetime, trace: str | None = None
    ) -> Message:
        """The record of this message as it is accepted."""
        send_at = self.send_at if self.send_at and self.send_at > now else None
        start_at = start_of(send_at, now)
        return Message(
            id=message_id,
            conversation_id=conversation_id,
            customer_id=digest(self.customer_id),
            external_customer_id=self.customer_id,
            created_at=now,
            start_at=start_at,
            due_at=(start_at + LEAD if start_at else now) + LATEST_TURN,
            content=self.content,
            route=self.route or default_route((customer.channels if customer else ()) or CHANNELS),
            to=self.to,
            priority=self.priority,
            category=self.category,
            topic=self.topic,
            collapse_key=self.collapse_key,
            confirms_stop_at=self.confirms_stop_at,
            if_unknown=self.if_unknown,
            send_at=send_at,
            expires_at=self.expires_at,
            reference=self.reference,
            metadata=self.metadata,
            trace=trace,
        )
