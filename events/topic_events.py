"""Events by which our own other systems tell of messages, on the custom topic.

Data: {"messageId", "conversationId", "customerId", "channel", "content", "reason"}, spelt in any case. `content` is a
text, or an object with a `text`. `reason` is in the words of whoever wrote it, so it is not kept.
"""

from dataclasses import dataclass, field
from datetime import datetime

from domain.conversations.reply import Reply, ReplyContent
from domain.messages.attempt import Reason, Receipt
from domain.traits import CHANNELS
from events.event import Event, Unmatched
from events.event_data import Data, as_data, text, word

RECEIVED = "microsoft.communication.messagereceived"
STATUSES = {
    "microsoft.communication.messagedelivered": ("delivered", None),
    "microsoft.communication.messagefailed": ("failed", Reason("providerError", "The message was not delivered.")),
}


@dataclass(frozen=True)
class MessageReceived:
    """A customer wrote, by a way that we do not know. Ids of the conversation and the customer may be empty."""

    reply: Reply
    conversation_id: str
    customer_id: str = field(repr=False)


@dataclass(frozen=True)
class StatusTold:
    """What became of a message of ours, by our id of it. The attempt is the last on `channel`, whose number is 0."""

    message_id: str
    channel: str
    receipt: Receipt


def read_topic_event(event: Event) -> MessageReceived | StatusTold | Unmatched | None:
    """What the event tells; None for any other event. Only events of a custom topic are believed."""
    if event.type != RECEIVED and event.type not in STATUSES:
        return None
    data = event.data
    status = "received" if event.type == RECEIVED else STATUSES[event.type][0]
    provider_message_id = text(data, "messageid") or event.id
    if not event.is_from_custom_topic:
        return Unmatched(provider_message_id, status, "notBelieved")
    if event.type in STATUSES:
        return StatusTold(text(data, "messageid"), word(data, "channel"), _receipt(event.type, event.at))
    reply = Reply(_channel(data), provider_message_id, ReplyContent("text", _said(data)), event.at)
    return MessageReceived(reply, text(data, "conversationid"), text(data, "customerid"))


def _receipt(event_type: str, at: datetime) -> Receipt:
    status, reason = STATUSES[event_type]
    return Receipt(0, status, at, reason)


def _channel(data: Data) -> str:
    channel = word(data, "channel")
    return channel if channel in CHANNELS else "other"


def _said(data: Data) -> str:
    return text(data, "content") or text(as_data(data.get("content")), "text")
