"""The records of inbound messages."""

from dataclasses import dataclass, field

from delivery.documents import from_document, to_document
from delivery.errors import Conflict, StoreUnavailable
from delivery.inbound import InboundMessage
from delivery.retention import Retention
from store.correlations import CORRELATIONS
from store.documents import Documents
from store.messages import MESSAGES


@dataclass(frozen=True)
class ReplyRow:
    """The id of an inbound message: the conversation that its first delivery found."""

    id: str
    conversation_id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
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
