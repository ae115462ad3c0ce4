"""The records of messages."""

from dataclasses import dataclass

from delivery.errors import StoreUnavailable
from delivery.message import Message
from store.documents import Documents

MESSAGES = "Messages"


@dataclass(frozen=True)
class Messages:
    documents: Documents

    async def create(self, message: Message) -> None:
        """Raises `Conflict` when the conversation has a message with this id."""
        await self.documents.create(MESSAGES, message.to_document())

    async def find(self, conversation_id: str, message_id: str) -> tuple[Message, str] | None:
        """The record and the etag that a change of it must name."""
        stored = await self.documents.read(MESSAGES, conversation_id, message_id)
        return (Message.from_document(stored.document), stored.etag) if stored else None

    async def read(self, conversation_id: str, message_id: str) -> tuple[Message, str]:
        """Like `find`, for a record that must be there: its absence is a fault of the store."""
        if found := await self.find(conversation_id, message_id):
            return found
        raise StoreUnavailable(f"the record of message {message_id} is not there")

    async def replace(self, message: Message, etag: str) -> None:
        """Raises `Stale` when the record was changed since it was read."""
        await self.documents.replace(MESSAGES, message.to_document(), etag)
