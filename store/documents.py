"""The interface of the store: JSON documents in containers, each written under an etag.

It has only what Cosmos DB and SQLite have in common: reads and writes of one document, and queries in the order of one
field.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

Document = dict[str, Any]
"""What a container holds: JSON with camelCase keys, an `id`, a `schema` and the container's partition key."""

PARTITION_KEYS = {
    "Messages": "conversationId",
    "Conversations": "customerId",
    "Customers": "id",
    "Correlations": "id",
    "UnmatchedEvents": "id",
    "Controls": "id",
    "Access": "kind",
    "Audit": "day",
    "Suppressions": "channel",
    "Erasures": "id",
    "Imports": "importId",
    "Templates": "name",
}
"""Every container with the field that is its partition key. Ids are unique only within a partition."""

INDEXED_FIELDS = {
    "Messages": ("createdAt", "dueAt", "startAt", "tellAt", "tendAt", "heldAt", "shard"),
    "Conversations": ("updatedAt",),
    "Customers": ("updatedAt", "locale", "tags/[]"),
    "Correlations": ("dueAt", "tellAt", "shard", "customerId", "others/[]/customerId", "sameAs/[]"),
    "UnmatchedEvents": (),
    "Controls": (),
    "Access": ("createdAt",),
    "Audit": ("at", "target"),
    "Suppressions": ("at",),
    "Erasures": ("dueAt", "requestedAt", "shard"),
    "Imports": ("number", "createdAt"),
    "Templates": ("updatedAt",),
}
"""What may be asked for beside the partition key and the id. Cosmos DB indexes nothing else: an index costs writes.

Named as Cosmos DB names paths: `tags/[]` is each item of a list, `others/[]/customerId` a field of each.
"""


@dataclass(frozen=True)
class Stored:
    """A document as it was read, and the etag that a replacement of it must name."""

    document: Document
    etag: str


@dataclass(frozen=True)
class Page:
    """Some documents of a query, and where to go on; no continuation on the last page."""

    documents: list[Document]
    continuation: str | None


class Documents(Protocol):
    """A store. Every method raises `StoreUnavailable` when the store gives no answer it can use.

    Arguments are not changed, and results belong to the caller. An expired document counts as deleted.
    """

    async def create(self, container: str, document: Document, expires_in: timedelta | None = None) -> str:
        """Insert and return the etag. Raises `Conflict` when the partition has a document with this id."""

    async def read(self, container: str, partition: str, document_id: str, *, newest: bool = False) -> Stored | None:
        """The newest document that this process knows to be committed. None: there was none, for any process.

        `newest`: what any process has committed, for one more request. Use it when the result is not guarded by a later
        write under the etag.
        """

    async def replace(self, container: str, document: Document, etag: str, expires_in: timedelta | None = None) -> str:
        """Write over the version that `etag` names and return the new etag.

        Raises `Stale` when the document was changed or deleted since. A document keeps no older `expires_in`.
        """

    async def upsert(self, container: str, document: Document, expires_in: timedelta | None = None) -> str:
        """Write over any version, and return the etag. Not for documents with several writers: those need `replace`."""

    async def delete(self, container: str, partition: str, document_id: str) -> None:
        """Delete; a missing document is no error."""

    async def query(
        self,
        container: str,
        partition: str,
        order_by: str,
        *,
        descending: bool = False,
        top: int = 100,
        continuation: str | None = None,
    ) -> Page:
        """One partition's documents in the order of one field, `top` (1 to 1000) at a time.

        Documents without the field, or with null in it, are left out. `continuation` is opaque; one that this
        store did not give raises `ValueError`.
        """

    async def find(
        self,
        container: str,
        order_by: str,
        *,
        where: Mapping[str, str],
        since: str | None = None,
        descending: bool = False,
        top: int = 100,
        continuation: str | None = None,
    ) -> Page:
        """Like `query`, across all partitions: documents of which each field of `where` has the value.

        The fields are of `INDEXED_FIELDS`, or "id" to order by. `since`: those whose `order_by` is not before it.
        """

    async def due(
        self, container: str, before: str, top: int, field: str = "dueAt", shard: int | None = None
    ) -> list[Stored]:
        """Across all partitions: documents whose `field` is not after `before`, the oldest first.

        Both are times in RFC 3339. The field is one of `INDEXED_FIELDS` that says when something is due. With a shard,
        only documents of that shard (`domain/shards.py`).
        """

    async def scrub(self) -> bool:
        """Make what was deleted unreadable in files of ours, too; whether that was possible now.

        A service in the cloud sees to that itself.
        """

    async def close(self) -> None:
        """Close files, threads and sockets."""


async def every(documents: Documents, container: str, where: Mapping[str, str]) -> AsyncIterator[Document]:
    """All documents that `find` finds, page after page. They may be deleted meanwhile."""
    continuation = None
    while True:
        page = await documents.find(container, "id", where=where, top=1000, continuation=continuation)
        for document in page.documents:
            yield document
        continuation = page.continuation
        if continuation is None:
            return
