"""What an id points to: a message's id to its conversation, an attempt's or a provider's id to the attempt.

The row that is created first under an id decides between simultaneous requests: one message or two, known or too early.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain import clock
from domain.errors import Conflict, Stale, StoreUnavailable
from domain.identities import attempt_id, document_id
from domain.messages.attempt import Reason, Receipt
from domain.messages.message import Message
from domain.messages.retention import Retention
from domain.serialization import from_document, to_document
from domain.shards import with_shard
from store.collisions import Collisions
from store.documents import Document, Documents, Stored

CORRELATIONS = "Correlations"
LATEST_FOLD = timedelta(minutes=1)
"""How long the sender has to fold in early receipts, before the sweeper does it."""

EARLY_KEPT = timedelta(hours=72)
"""How long a report waits for its attempt. After that it must be about a message that another system sent."""


@dataclass(frozen=True)
class AcceptedRow:
    """A message id: its conversation, and a hash of the body that made it."""

    id: str
    conversation_id: str
    body_hash: str
    schema: int = 1


@dataclass(frozen=True)
class AttemptRow:
    """An attempt id, or a provider's message id: the attempt it names.

    Receipts that came before the attempt was known are `early`, the first of each kind; the attempt is empty until
    then. Whoever makes it known folds them into the record, and has until `due_at` for that.
    """

    id: str
    conversation_id: str = ""
    message_id: str = ""
    attempt: int = 0
    channel: str = ""
    early: tuple[Receipt, ...] = ()
    due_at: datetime | None = None
    schema: int = 1

    @property
    def is_known(self) -> bool:
        return self.attempt > 0


@dataclass(frozen=True)
class Correlations:
    documents: Documents
    retention: Retention

    async def accept(self, row: AcceptedRow) -> AcceptedRow:
        """Claim a message id. Returns the row that has it: this one, or the one that came before."""
        try:
            await self._create(row)
        except Conflict:
            return from_document(AcceptedRow, (await self._read_again(row.id)).document)
        return row

    async def find_accepted(self, message_id: str) -> AcceptedRow | None:
        stored = await self._read(message_id)
        return from_document(AcceptedRow, stored.document) if stored and "bodyHash" in stored.document else None

    async def name_attempt(self, row: AttemptRow) -> None:
        """Store the row that leads from an attempt id to its attempt. Safe to repeat: it is always the same row."""
        try:
            await self._create(row)
        except Conflict:
            return

    async def find_attempt(self, attempt_id: str) -> AttemptRow | None:
        stored = await self._read(document_id(attempt_id))
        return attempt_row_in(stored.document) if stored and "attempt" in stored.document else None

    async def join(self, row: AttemptRow) -> tuple[Receipt, ...]:
        """Store the row that leads from a provider's id to its attempt. Returns the early receipts that it had.

        Sender and `find_or_keep` use one row for one provider id: whoever is first inserts, the second merges.
        """
        collisions = Collisions()
        while True:
            try:
                await self._create(row)
            except Conflict:
                stored = await self._read_again(row.id)
            else:
                return ()
            early = attempt_row_in(stored.document).early
            joined = replace(row, early=early, due_at=clock.now() + LATEST_FOLD)
            if await self._replaced(joined, stored):
                return early
            await collisions.pause()

    async def find_or_keep(self, provider_id: str, receipt: Receipt) -> AttemptRow | None:
        """The attempt that a provider's id points to, or None: it is not known yet, and the receipt waits for it."""
        new, collisions = AttemptRow(provider_row_id(provider_id), early=(receipt,)), Collisions()
        while True:
            try:
                await self._create(new)
            except Conflict:
                stored = await self._read_again(new.id)
            else:
                return None
            row = attempt_row_in(stored.document)
            if row.is_known:
                return row
            early = first_of_each_kind((*row.early, receipt))
            if early == row.early or await self._replaced(AttemptRow(row.id, early=early), stored):
                return None
            await collisions.pause()

    async def erase(self, message: Message) -> None:
        """Delete the rows of a message's ids: its own, those of its attempts, and the provider's. Safe to repeat."""
        ids = [message.id, *(attempt_id(message.id, each.number) for each in message.attempts)]
        ids += [provider_row_id(it) for each in message.attempts if (it := each.provider_message_id)]
        for row_id in ids:
            await self.documents.delete(CORRELATIONS, row_id, row_id)

    async def due(self, before: datetime, top: int, shard: int | None = None) -> list[Stored]:
        """Rows whose early receipts nobody may have folded in, the most overdue first, `top` at most."""
        return await self.documents.due(CORRELATIONS, clock.to_text(before), top, shard=shard)

    async def folded(self, stored: Stored) -> None:
        """Mark the row as handled. Raises `Stale` when it was changed since."""
        row = replace(attempt_row_in(stored.document), due_at=None)
        await self.documents.replace(CORRELATIONS, _document(row), stored.etag, expires_in=self._kept(row))

    async def _create(self, row: AcceptedRow | AttemptRow) -> None:
        await self.documents.create(CORRELATIONS, _document(row), expires_in=self._kept(row))

    async def _replaced(self, row: AttemptRow, stored: Stored) -> bool:
        try:
            await self.documents.replace(CORRELATIONS, _document(row), stored.etag, expires_in=self._kept(row))
        except Stale:
            return False
        return True

    async def _read(self, row_id: str) -> Stored | None:
        return await self.documents.read(CORRELATIONS, row_id, row_id)

    async def _read_again(self, row_id: str) -> Stored:
        """A row that was there a moment ago."""
        if stored := await self._read(row_id):
            return stored
        raise StoreUnavailable("a correlation that exists cannot be read")

    def _kept(self, row: AcceptedRow | AttemptRow) -> timedelta:
        if isinstance(row, AcceptedRow):
            return self.retention.message_ids
        return self.retention.correlations if row.is_known else EARLY_KEPT


def attempt_row_in(document: Document) -> AttemptRow:
    """The stored name of `early` is `parked`: workers of two versions share these rows during an upgrade."""
    return from_document(AttemptRow, {**document, "early": document.get("parked", ())})


def _document(row: AcceptedRow | AttemptRow) -> Document:
    document: Document = to_document(row)
    if "early" in document:
        document["parked"] = document.pop("early")
        return with_shard(document)  # it may be due; what only points somewhere never is
    return document


def provider_row_id(provider_id: str) -> str:
    """The row of a provider's message id; apart from ours, whatever ids a provider draws."""
    return document_id(f"provider-{provider_id}")


def first_of_each_kind(receipts: tuple[Receipt, ...]) -> tuple[Receipt, ...]:
    """The earliest for each status and reason: no other would change the attempt."""
    first: dict[tuple[str, Reason | None], Receipt] = {}
    for each in receipts:
        kind = (each.status, each.reason)
        first[kind] = min(first.get(kind, each), each, key=lambda receipt: receipt.at)
    return tuple(first.values())
