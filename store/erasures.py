"""The erasures of customers, and their receipts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import clock
from domain.customers.erasure import Erasure
from domain.serialization import from_document, to_document
from domain.shards import with_shard
from store.documents import Documents

ERASURES = "Erasures"


@dataclass(frozen=True)
class StoredErasure:
    """An erasure as it was read, and the etag that a change of it must name."""

    erasure: Erasure
    etag: str


@dataclass(frozen=True)
class Erasures:
    """`keep`: how long a receipt is kept."""

    documents: Documents
    keep: timedelta

    async def create(self, erasure: Erasure) -> StoredErasure:
        return StoredErasure(erasure, await self.documents.create(ERASURES, with_shard(to_document(erasure))))

    async def find(self, erasure_id: str) -> StoredErasure | None:
        stored = await self.documents.read(ERASURES, erasure_id, erasure_id)
        return StoredErasure(from_document(Erasure, stored.document), stored.etag) if stored else None

    async def replace(self, before: StoredErasure, after: Erasure) -> StoredErasure:
        """Raises `Stale`."""
        expires_in = self.keep if after.completed_at else None
        document = with_shard(to_document(after))
        return StoredErasure(after, await self.documents.replace(ERASURES, document, before.etag, expires_in))

    async def delete(self, erasure_id: str) -> None:
        """For one that another has come before."""
        await self.documents.delete(ERASURES, erasure_id, erasure_id)

    async def due(self, before: datetime, top: int, shard: int | None = None) -> list[StoredErasure]:
        """Those that must be looked at, the most overdue first, `top` at most."""
        found = await self.documents.due(ERASURES, clock.to_text(before), top, shard=shard)
        return [StoredErasure(from_document(Erasure, each.document), each.etag) for each in found]

    async def page(self, top: int, continuation: str | None) -> tuple[list[Erasure], str | None]:
        """The latest first. Raises `ValueError` for a continuation that is not of this query."""
        page = await self.documents.find(
            ERASURES, "requestedAt", where={}, descending=True, top=top, continuation=continuation
        )
        return [from_document(Erasure, each) for each in page.documents], page.continuation
