"""The summary of a conversation, so that lists need not read its messages."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.conversations.inbound import InboundMessage
from domain.messages.message import Message
from domain.serialization import from_document, to_document

REMEMBERED = 50
"""The number of latest messages whose ids are stored, so that none is counted twice."""


@dataclass(frozen=True)
class LastMessage:
    """`status` is that of an outbound message, "received" for an inbound one; `at` is when it was created."""

    message_id: str
    direction: str
    status: str
    at: datetime
    channel: str | None = None


@dataclass(frozen=True)
class Conversation:
    """A projection of a conversation's messages. Each is counted once, however often and late it is reported again.

    `counted_at` has the latest counted messages by id, with the time by our clock at which they ended or arrived. All
    other counted messages are of `counted_until` or earlier. So for a repeated message that is later, the ids show
    whether it was counted. An earlier one was counted, unless its first update failed and fifty later messages were
    counted before it was repeated.
    """

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    channels: tuple[str, ...] = ()
    last: LastMessage | None = None
    outbound: int = 0
    inbound: int = 0
    counted_at: dict[str, datetime] = field(default_factory=dict)
    counted_until: datetime | None = None
    updated_at: datetime | None = None
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Conversation":
        conversation = from_document(cls, document)
        at = conversation.updated_at
        if at and (earlier := document.get("counted")):  # without times, as it was written once
            return replace(conversation, counted_at=dict.fromkeys(earlier, at), counted_until=at)
        return conversation

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document

    def with_outbound(self, message: Message, *, is_new: bool = False) -> "Conversation":
        """With a message whose workflow has ended, for the first time (`is_new`) or once more."""
        channel = message.best.channel if message.best else None
        last = LastMessage(message.id, "outbound", message.status, message.created_at, channel)
        seen = self._seen(*(attempt.channel for attempt in message.attempts))._showing(last)
        counted = seen._counting(message.id, message.finished_at or message.created_at, is_new)
        return replace(counted, outbound=self.outbound + 1) if counted is not seen else seen

    def with_inbound(self, message: InboundMessage, *, is_new: bool = False) -> "Conversation":
        """With a reply, for the first time (`is_new`) or once more."""
        last = LastMessage(message.id, "inbound", "received", message.created_at, message.channel)
        seen = self._seen(message.channel)._showing(last)
        counted = seen._counting(message.id, message.came_at or message.created_at, is_new)
        return replace(counted, inbound=self.inbound + 1) if counted is not seen else seen

    def _seen(self, *channels: str) -> "Conversation":
        return replace(self, channels=tuple(dict.fromkeys((*self.channels, *channels))))

    def _showing(self, message: LastMessage) -> "Conversation":
        """`last` is the newest message with its latest status, whatever the order of updates."""
        last = self.last
        if last and last.message_id == message.message_id:
            return replace(self, last=max(last, message, key=lambda each: _standing(each.status)))
        return self if last and last.at > message.at else replace(self, last=message)

    def _counting(self, message_id: str, at: datetime, is_new: bool) -> "Conversation":
        """With this message counted; the same object when it is already."""
        was_forgotten = self.counted_until is not None and at <= self.counted_until
        if message_id in self.counted_at or (was_forgotten and not is_new):
            return self
        latest = sorted((*self.counted_at.items(), (message_id, at)), key=lambda each: each[1], reverse=True)
        forgotten = [each[1] for each in latest[REMEMBERED:]]
        until = max((*forgotten, *filter(None, [self.counted_until])), default=None)
        return replace(self, counted_at=dict(latest[:REMEMBERED]), counted_until=until)


def _standing(status: str) -> int:
    """An outcome, and the status that a late report may raise it to. Of two equal statuses the first stays."""
    return {"delivered": 1, "bounced": 2, "read": 3}.get(status, 0)
