"""What is shown of a conversation without reading its messages."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from delivery.documents import from_document, to_document
from delivery.inbound import InboundMessage
from delivery.message import Message

COUNTED = 100
"""Messages whose repetition is recognised. Event Grid repeats for a day, Azure an activity for minutes."""


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
    """A projection of a conversation's messages. `counted` holds the ids of the last that were counted."""

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    channels: tuple[str, ...] = ()
    last: LastMessage | None = None
    outbound: int = 0
    inbound: int = 0
    counted: tuple[str, ...] = ()
    updated_at: datetime | None = None
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Conversation":
        return from_document(cls, document)

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document

    def with_outbound(self, message: Message) -> "Conversation":
        """With a message whose workflow has ended. Once more, it changes what is shown of it and counts nothing."""
        channel = message.best.channel if message.best else None
        last = LastMessage(message.id, "outbound", message.status, message.created_at, channel)
        seen = self._seen(*(attempt.channel for attempt in message.attempts))._showing(last)
        return seen if message.id in self.counted else replace(seen._counting(message.id), outbound=self.outbound + 1)

    def with_inbound(self, message: InboundMessage) -> "Conversation":
        """With a reply. Once more, it changes nothing."""
        last = LastMessage(message.id, "inbound", "received", message.created_at, message.channel)
        seen = self._seen(message.channel)._showing(last)
        return seen if message.id in self.counted else replace(seen._counting(message.id), inbound=self.inbound + 1)

    def _seen(self, *channels: str) -> "Conversation":
        return replace(self, channels=tuple(dict.fromkeys((*self.channels, *channels))))

    def _showing(self, message: LastMessage) -> "Conversation":
        """The newest message is the last one, in whatever order they are told, and so are its statuses."""
        last = self.last
        if last and last.message_id == message.message_id:
            return replace(self, last=max(last, message, key=lambda each: _standing(each.status)))
        return self if last and last.at > message.at else replace(self, last=message)

    def _counting(self, message_id: str) -> "Conversation":
        return replace(self, counted=(*self.counted, message_id)[-COUNTED:])


def _standing(status: str) -> int:
    """An outcome, and what a late report may still raise it to. The later word of two equal ones changes nothing."""
    return {"delivered": 1, "bounced": 2, "read": 3}.get(status, 0)
