"""Messages that belong together by a word of the caller's: a reference, or a key by which they collapse."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from domain.errors import Conflict, Stale
from domain.identities import digest
from domain.messages.message import Message
from domain.messages.retention import Retention
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.correlations import CORRELATIONS
from store.documents import Documents

MOST_MEMBERS = 100
"""The messages that are found by one reference: the latest ones."""

EMPTY_KEPT = timedelta(minutes=5)
"""Not deleted at once: somebody may be adding a message."""


@dataclass(frozen=True, order=True)
class Member:
    """A message, in the order of acceptance."""

    created_at: datetime
    message_id: str
    conversation_id: str

    @classmethod
    def of(cls, message: Message) -> "Member":
        return cls(message.created_at, message.id, message.conversation_id)


@dataclass(frozen=True)
class ReferenceRow:
    """The messages with one reference."""

    id: str
    members: tuple[Member, ...] = ()
    schema: int = 1


@dataclass(frozen=True)
class CollapseRow:
    """Of the messages to one customer with one key the newest, and the one that it took the place of."""

    id: str
    newest: Member
    before: Member | None = None
    schema: int = 1

    def taken_by(self, member: Member) -> "CollapseRow":
        return replace(self, newest=member, before=self.newest) if member > self.newest else self


Row = TypeVar("Row", ReferenceRow, CollapseRow)


@dataclass(frozen=True)
class MessageGroups:
    """Rows among the correlations: `ref-<digest>` and `collapse-<digest>`. They hold ids and no word of the caller."""

    documents: Documents
    retention: Retention

    async def file(self, message: Message, reference: str) -> None:
        """Let the message be found by its reference. Safe to repeat."""
        member, row_id = Member.of(message), _reference_id(reference)

        def filed(row: ReferenceRow) -> ReferenceRow:
            if any(each.message_id == message.id for each in row.members):
                return row
            return replace(row, members=tuple(sorted({*row.members, member}))[-MOST_MEMBERS:])

        await self._change(ReferenceRow, row_id, ReferenceRow(row_id, (member,)), filed)

    async def forget(self, message: Message) -> None:
        """Leave the message out of its groups. Safe to repeat."""
        if message.reference:
            row_id = _reference_id(message.reference)
            if await self.documents.read(CORRELATIONS, row_id, row_id, newest=True):
                await self._change(ReferenceRow, row_id, ReferenceRow(row_id), partial(_without, message.id))
        if message.collapse_key:
            row_id = _collapse_id(message, message.collapse_key)
            await self.documents.delete(CORRELATIONS, row_id, row_id)

    async def filed(self, reference: str) -> tuple[Member, ...]:
        """The messages with this reference, as any worker has filed them."""
        row_id = _reference_id(reference)
        stored = await self.documents.read(CORRELATIONS, row_id, row_id, newest=True)
        return from_document(ReferenceRow, stored.document).members if stored else ()

    async def take(self, message: Message, key: str) -> CollapseRow:
        """Make the message the newest with this key, unless a newer one is; the row as it was written then.

        It is written in any case, under its etag. So of an older message that begins and a newer one that is accepted
        one comes first: nothing older begins after the newer one has taken the key. Safe to repeat.
        """
        member, row_id = Member.of(message), _collapse_id(message, key)
        return await self._change(CollapseRow, row_id, CollapseRow(row_id, member), lambda row: row.taken_by(member))

    async def _change(self, kind: type[Row], row_id: str, new: Row, change: Callable[[Row], Row]) -> Row:
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CORRELATIONS, row_id, row_id, newest=True)
            after = change(from_document(kind, stored.document)) if stored else new
            is_empty = isinstance(after, ReferenceRow) and not after.members
            kept = EMPTY_KEPT if is_empty else self.retention.message_ids
            try:
                if stored:
                    await self.documents.replace(CORRELATIONS, to_document(after), stored.etag, expires_in=kept)
                else:
                    await self.documents.create(CORRELATIONS, to_document(after), expires_in=kept)
            except (Conflict, Stale):
                await collisions.pause()
            else:
                return after


def _without(message_id: str, row: ReferenceRow) -> ReferenceRow:
    return replace(row, members=tuple(each for each in row.members if each.message_id != message_id))


def _reference_id(reference: str) -> str:
    return f"ref-{digest(reference)}"


def _collapse_id(message: Message, key: str) -> str:
    """Test messages take no place of real ones."""
    kind = "test" if message.mode == "test" else "real"
    return f"collapse-{digest(f'{kind} {message.customer_id} {key}')}"
