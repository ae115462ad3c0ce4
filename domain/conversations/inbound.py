"""The record of one inbound message, beside the outbound ones of its conversation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.conversations.reply import Reply, ReplyContent
from domain.identities import digest
from domain.messages.message import Message
from domain.serialization import from_document, to_document


@dataclass(frozen=True)
class InboundMessage:
    """Written once and never changed. `created_at` is when the provider got it: the order of the conversation.
    `came_at` is when it reached us, by our clock; older records lack it.

    `customer_id` is the digest of the caller's own id, or the id of the conversation when nobody knows the sender.
    """

    id: str
    conversation_id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    channel: str
    provider_message_id: str
    content: ReplyContent
    created_at: datetime
    sender: str = field(default="", repr=False)
    in_reply_to: str | None = None
    came_at: datetime | None = None
    direction: str = "inbound"
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "InboundMessage":
        return from_document(cls, document)

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document


@dataclass(frozen=True)
class ReplyNotice:
    """The event about a reply for subscribers: ids and codes, no text and no address.

    `customer_id` is the digest of the caller's own id, None for an unknown sender; the event has it as a `customerKey`.
    `answers` is the message of ours that the customer answered, and `reference` and `metadata` are that one's.
    """

    message_id: str
    conversation_id: str
    channel: str
    kind: str
    at: datetime
    customer_id: str | None = None
    answers: str | None = None
    reference: str | None = field(default=None, repr=False)
    metadata: dict[str, str] | None = field(default=None, repr=False)


def reply_notice(reply: InboundMessage, answered: Message | None) -> ReplyNotice:
    """`answered` is named if it belongs to the same customer; a reply of others does not reveal it."""
    theirs = answered if answered and answered.customer_id == reply.customer_id else None
    return ReplyNotice(
        message_id=reply.id,
        conversation_id=reply.conversation_id,
        channel=reply.channel,
        kind=reply.content.kind,
        at=reply.created_at,
        customer_id=reply.customer_id if reply.external_customer_id else None,
        answers=theirs.id if theirs else None,
        reference=theirs.reference if theirs else None,
        metadata=theirs.metadata if theirs else None,
    )


def inbound_id(reply: Reply, told_in: str = "") -> str:
    """The same for every delivery of the same reply, so that none becomes a second message.

    `told_in` is the conversation that the event named: other systems may number their messages from 1 in each.
    """
    return f"in-{digest(f'{told_in}:{reply.channel}:{reply.provider_message_id}')}"
