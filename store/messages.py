"""The records of messages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain import clock
from domain.errors import StoreUnavailable
from domain.messages.message import Message, Notice
from domain.messages.retention import Retention
from domain.shards import with_shard
from store.documents import Documents
from telemetry.metrics import message_accepted, message_changed

MESSAGES = "Messages"
TELLING = timedelta(minutes=1)
"""How long the worker that wrote a record has for publishing its notices, before the announcer does it."""
EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Record:
    """A message as it was read or written, and the etag that a change of it must name."""

    message: Message
    etag: str


@dataclass(frozen=True)
class Messages:
    """`is_published` tells which notices subscribers have got, as far as this worker knows: they leave the outbox.

    `topic_is_away` tells whether those that are in it may stay there for long.
    """

    documents: Documents
    is_published: Callable[[Message, Notice], bool]
    retention: Retention
    topic_is_away: Callable[[], bool] = lambda: False

    async def create(self, message: Message) -> Record:
        """Raises `Conflict` when the conversation has a message with this id."""
        now = clock.now()
        new = self._with_tell_at(message.announcing(None, now), now)
        etag = await self.documents.create(MESSAGES, with_shard(new.to_document()))
        message_accepted(new)
        return Record(new, etag)

    async def find(self, conversation_id: str, message_id: str, *, newest: bool = False) -> Record | None:
        """`newest`: as any worker has written it, not only as far as this one knows."""
        stored = await self.documents.read(MESSAGES, conversation_id, message_id, newest=newest)
        return Record(Message.from_document(stored.document), stored.etag) if stored else None

    async def read(self, conversation_id: str, message_id: str) -> Record:
        """Like `find`, for a record that must be there: its absence is a fault of the store."""
        if found := await self.find(conversation_id, message_id):
            return found
        raise StoreUnavailable(f"the record of message {message_id} is not there")

    async def replace(self, record: Record, changed: Message, due_at: datetime) -> Record:
        """Write the changed message over the record as it was read. Raises `Stale` when that was changed since.

        `due_at`: when the sweeper looks at the record if nothing happens before; never, once it has ended. Then the
        record expires when everything is published.
        """
        now = clock.now()
        told = changed.announcing(record.message, now)
        outbox = tuple(notice for notice in told.outbox if not self.is_published(told, notice))
        due = None if told.outcome else due_at
        written = replace(told, outbox=outbox, due_at=due, tend_at=self.retention.tend_at(told))
        written = self._with_tell_at(written, now)
        expires_in = self.retention.record_expires_in(written, now)
        etag = await self.documents.replace(MESSAGES, with_shard(written.to_document()), record.etag, expires_in)
        message_changed(record.message, written)
        return Record(written, etag)

    async def erase(self, message: Message) -> None:
        """Delete the record. Its workflow must have ended. Safe to repeat."""
        await self.documents.delete(MESSAGES, message.conversation_id, message.id)

    async def due(self, before: datetime, top: int, shard: int | None = None) -> list[Record]:
        """Records that the sweeper must look at, the most overdue first, `top` at most."""
        return await self._due(before, top, "dueAt", shard)

    async def next_start(self) -> datetime | None:
        """The earliest `start_at` that there is."""
        earliest = await self.to_start(EVER, top=1)
        return earliest[0].message.start_at if earliest else None

    async def to_start(self, before: datetime, top: int, shard: int | None = None) -> list[Record]:
        """Records whose workflow is to be started by `before`, the earliest first, `top` at most."""
        return await self._due(before, top, "startAt", shard)

    async def to_tend(self, before: datetime, top: int, shard: int | None = None) -> list[Record]:
        """Records that have ended and for which a chore is due, the most overdue first, `top` at most."""
        return await self._due(before, top, "tendAt", shard)

    async def held(self, before: datetime, top: int, shard: int | None = None) -> list[Record]:
        """Records that are held under rules of that time or older, the oldest first, `top` at most."""
        return await self._due(before, top, "heldAt", shard)

    async def to_tell(self, before: datetime, top: int, shard: int | None = None) -> list[Record]:
        """Records with notices that nobody has published in time, the most overdue first, `top` at most."""
        return await self._due(before, top, "tellAt", shard)

    def _with_tell_at(self, message: Message, now: datetime) -> Message:
        """A message in flight needs no such date: its next write publishes. It has one while the topic is unavailable,
        since the worker may be gone when the topic is back, and while it is planned, since its next write is far away.
        A date for every message would cost an additional write each.
        """
        is_left = message.outbox and (message.outcome or message.start_at or self.topic_is_away())
        return replace(message, tell_at=now + TELLING if is_left else None)

    async def _due(self, before: datetime, top: int, field: str, shard: int | None) -> list[Record]:
        found = await self.documents.due(MESSAGES, clock.to_text(before), top, field, shard)
        return [Record(Message.from_document(stored.document), stored.etag) for stored in found]
