"""The records of inbound messages."""

from dataclasses import dataclass, field
from datetime import datetime

from domain import clock
from domain.conversations.inbound import InboundMessage, ReplyNotice
from domain.errors import Conflict, StoreUnavailable
from domain.messages.retention import Retention
from domain.serialization import from_document, to_document
from domain.shards import with_shard
from store.correlations import CORRELATIONS
from store.documents import Documents
from store.messages import MESSAGES, TELLING


@dataclass(frozen=True)
class ReplyRow:
    """The id of an inbound message: the conversation that its first delivery found."""

    id: str
    conversation_id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    schema: int = 1


@dataclass(frozen=True)
class NoticeRow:
    """A reply of which subscribers have not heard; gone when they have."""

    id: str
    notice: ReplyNotice
    tell_at: datetime
    schema: int = 1


@dataclass(frozen=True)
class Replies:
    documents: Documents
    retention: Retention

    async def claim(self, row: ReplyRow) -> ReplyRow:
        """Claim an id for a conversation. Returns the row that has it: this one, or the one that came before.

        Ids are unique within a conversation only, and the customer's current one may have changed between two
        deliveries of one event.
        """
        try:
            await self.documents.create(CORRELATIONS, to_document(row), expires_in=self.retention.correlations)
        except Conflict:
            if stored := await self.documents.read(CORRELATIONS, row.id, row.id):
                return from_document(ReplyRow, stored.document)
            raise StoreUnavailable("a correlation that exists cannot be read") from None
        return row

    async def keep(self, message: InboundMessage) -> InboundMessage:
        """Write the record, unless it is there. Returns it as it is there.

        All of it is content, so all of it expires: counted from now, since `created_at` is the word of somebody else's
        clock, which could have the record expire before anybody has read it.
        """
        try:
            await self.documents.create(MESSAGES, message.to_document(), expires_in=self.retention.content)
        except Conflict:
            if stored := await self.documents.read(MESSAGES, message.conversation_id, message.id):
                return InboundMessage.from_document(stored.document)
            raise StoreUnavailable(f"the record of message {message.id} cannot be read") from None
        return message

    async def erase(self, message: InboundMessage) -> None:
        """Delete the record, the row of its id, and what subscribers have not heard of it. Safe to repeat."""
        for row_id in (message.id, f"tell-{message.id}"):
            await self.documents.delete(CORRELATIONS, row_id, row_id)
        await self.documents.delete(MESSAGES, message.conversation_id, message.id)

    async def leave_untold(self, notice: ReplyNotice) -> None:
        """Leave it to the announcer. Safe to repeat.

        A row of its own: the record of a reply is written once, and expires as it was promised when it came.
        """
        row = NoticeRow(f"tell-{notice.message_id}", notice, clock.now() + TELLING)
        await self.documents.upsert(CORRELATIONS, with_shard(to_document(row)))

    async def to_tell(self, before: datetime, top: int, shard: int | None = None) -> list[NoticeRow]:
        """What nobody has told in time, the most overdue first, `top` at most."""
        found = await self.documents.due(CORRELATIONS, clock.to_text(before), top, "tellAt", shard)
        return [from_document(NoticeRow, stored.document) for stored in found]

    async def told(self, row: NoticeRow) -> None:
        """It is published. Safe to repeat."""
        await self.documents.delete(CORRELATIONS, row.id, row.id)
