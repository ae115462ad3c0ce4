"""Checks whether the store takes writes, by a write."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from domain import clock
from store.correlations import CORRELATIONS
from store.documents import Documents

REMEMBERED_SECONDS = 5
"""A successful check is cached for so long: each write costs 11 request units in Cosmos DB."""

KEPT = timedelta(hours=1)


@dataclass
class WriteCheck:
    """Writes one small document, always the same. One for each worker."""

    documents: Documents
    _good_until: float = 0

    async def write(self) -> None:
        """Raises `StoreUnavailable`."""
        if monotonic() < self._good_until:
            return
        document = {"id": "health", "schema": 1, "at": clock.to_text(clock.now())}
        await self.documents.upsert(CORRELATIONS, document, expires_in=KEPT)
        self._good_until = monotonic() + REMEMBERED_SECONDS
