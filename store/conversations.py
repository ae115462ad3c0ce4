"""Conversations: their owner, what is shown of them, and their messages."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from domain import clock
from domain.conversations.conversation import Conversation
from domain.conversations.inbound import InboundMessage
from domain.errors import Conflict, Stale, StoreUnavailable
from domain.identities import own_conversation
from domain.messages.message import Message
from domain.messages.retention import Retention
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.correlations import CORRELATIONS
from store.documents import Document, Documents, every
from store.messages import MESSAGES
from store.together import Together

CONVERSATIONS = "Conversations"


@dataclass(frozen=True)
class Owner:
    """The owner of a conversation. `customer_id` is the digest of `external_customer_id`."""

    customer_id: str
    external_customer_id: str = field(repr=False)


@dataclass(frozen=True)
class ConversationRow:
    """A conversation id, as `conv-<id>` among the correlations: its owner. Kept for ever."""

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    schema: int = 1


@dataclass(frozen=True)
class ConversationPage:
    """Some conversations, and where to go on."""

    conversations: list[Conversation]
    continuation: str | None


@dataclass(frozen=True)
class MessagePage:
    """Some messages of a conversation, and where to go on."""

    messages: list[Message | InboundMessage]
    continuation: str | None


@dataclass(frozen=True)
class Conversations:
    documents: Documents
    retention: Retention
    _together: Together[Conversation] = field(default_factory=Together)

    async def owner_of(self, conversation_id: str) -> Owner | None:
        """None when nobody has written in it."""
        row_id = f"conv-{conversation_id}"
        stored = await self.documents.read(CORRELATIONS, row_id, row_id)
        return from_document(Owner, stored.document) if stored else None

    async def claim(self, conversation_id: str, owner: Owner) -> Owner:
        """The owner of the conversation; claimed by this customer if nobody owned it."""
        row = ConversationRow(f"conv-{conversation_id}", owner.customer_id, owner.external_customer_id)
        if known := await self.owner_of(conversation_id):
            return known
        try:
            await self.documents.create(CORRELATIONS, to_document(row))
        except Conflict:
            if known := await self.owner_of(conversation_id):
                return known
            raise StoreUnavailable("a correlation that exists cannot be read") from None
        return owner

    async def message_finished(self, message: Message, *, is_new: bool = False) -> None:
        """Update the summary with an outbound message, for the first time (`is_new`), or once more.

        Safe to repeat, also when a late report has raised its status.
        """
        new = Conversation(message.conversation_id, message.customer_id, message.external_customer_id)
        await self._fold(new, lambda conversation: conversation.with_outbound(message, is_new=is_new))

    async def reply_received(self, message: InboundMessage, *, is_new: bool = False) -> None:
        """Update the summary with an inbound message, for the first time (`is_new`), or once more. Safe to repeat."""
        new = Conversation(message.conversation_id, message.customer_id, message.external_customer_id)
        await self._fold(new, lambda conversation: conversation.with_inbound(message, is_new=is_new))

    async def of_customer(self, customer_id: str, top: int, continuation: str | None) -> ConversationPage:
        """The latest first. Raises `ValueError` for a continuation that is not of this query."""
        page = await self.documents.query(
            CONVERSATIONS, customer_id, "updatedAt", descending=True, top=top, continuation=continuation
        )
        return ConversationPage([Conversation.from_document(each) for each in page.documents], page.continuation)

    async def ids_of(self, customer_id: str) -> list[str]:
        """Every conversation that is theirs: with or without a message that has ended, with or without one at all."""
        ids = {own_conversation(customer_id)}
        continuation = None
        while True:
            page = await self.of_customer(customer_id, 1000, continuation)
            ids |= {each.id for each in page.conversations}
            continuation = page.continuation
            if continuation is None:
                break
        rows = every(self.documents, CORRELATIONS, {"customerId": customer_id})
        return sorted(ids | {each["id"][5:] async for each in rows if each["id"].startswith("conv-")})

    async def records(self, conversation_id: str) -> AsyncIterator[Message | InboundMessage]:
        """Every message of a conversation, the newest first. They may be deleted meanwhile."""
        continuation = None
        while True:
            page = await self.messages(conversation_id, 100, continuation)
            for each in page.messages:
                yield each
            continuation = page.continuation
            if continuation is None:
                return

    async def erase(self, customer_id: str, conversation_id: str) -> None:
        """Delete what is shown of a conversation, and whose it is. Its messages must be gone. Safe to repeat."""
        await self.documents.delete(CONVERSATIONS, customer_id, conversation_id)
        row_id = f"conv-{conversation_id}"
        await self.documents.delete(CORRELATIONS, row_id, row_id)

    async def messages(self, conversation_id: str, top: int, continuation: str | None) -> MessagePage:
        """The newest first, in both directions. Raises `ValueError` for a continuation that is not of this query."""
        page = await self.documents.query(
            MESSAGES, conversation_id, "createdAt", descending=True, top=top, continuation=continuation
        )
        return MessagePage([_record(each) for each in page.documents], page.continuation)

    async def _fold(self, new: Conversation, change: Callable[[Conversation], Conversation]) -> None:
        """Change it, together with other changes that this worker makes at the same time."""
        await self._together.change(f"{new.customer_id}/{new.id}", change, lambda changes: self._replace(new, changes))

    async def _replace(self, new: Conversation, change: Callable[[Conversation], Conversation]) -> None:
        """Read, change, write under the etag, until nobody has come between. It lasts as long as its last message."""
        expires_in, collisions = self.retention.messages, Collisions()
        while True:
            stored = await self.documents.read(CONVERSATIONS, new.customer_id, new.id)
            before = Conversation.from_document(stored.document) if stored else new
            after = change(before)
            if after == before:
                return
            document = replace(after, updated_at=clock.now()).to_document()
            try:
                if stored:
                    await self.documents.replace(CONVERSATIONS, document, stored.etag, expires_in)
                else:
                    await self.documents.create(CONVERSATIONS, document, expires_in)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            return


def _record(document: Document) -> Message | InboundMessage:
    is_inbound = document["direction"] == "inbound"
    return InboundMessage.from_document(document) if is_inbound else Message.from_document(document)
