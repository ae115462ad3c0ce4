"""How many requests and messages a caller may still make in this minute, counted over all workers."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain import clock
from domain.errors import Conflict, Stale
from domain.identities import digest
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.documents import Documents

CONTROLS = "Controls"
MINUTE = timedelta(minutes=1)
KEEP_RATES = timedelta(minutes=5)
SECONDS_A_MINUTE = 60


@dataclass(frozen=True)
class RateRow:
    """What all workers together have taken of one caller's minute, which begins at `minute`."""

    id: str
    minute: datetime
    taken: int
    schema: int = 1


@dataclass
class Lease:
    """What a worker has taken of a minute and not used yet. `is_last`: there is no more in this minute."""

    minute: datetime
    left: int
    is_last: bool


@dataclass
class Rates:
    """One for each worker. It takes a second's worth at a time, so a store operation serves many requests.

    Minutes are those of the clock: in the worst case a caller makes twice as many within 60 seconds, around a full
    minute. What a worker has taken and does not use, nobody uses: at most a second's worth for each worker.
    """

    documents: Documents
    _leases: dict[str, Lease] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, caller: str, kind: str, per_minute: int) -> timedelta | None:
        """Take one. None when it is granted, else the time until the next minute. Raises `StoreUnavailable`."""
        now = clock.now()
        minute = now.replace(second=0, microsecond=0)
        row_id = f"rate-{kind}-{digest(caller)}"
        async with self._lock:  # two that lease at once would take twice what they need
            lease = self._leases.get(row_id)
            if lease is None or lease.minute < minute or not (lease.left or lease.is_last):
                lease = self._leases[row_id] = await self._lease(row_id, minute, per_minute)
        if not lease.left:
            return minute + MINUTE - now
        lease.left -= 1
        return None

    async def _lease(self, row_id: str, minute: datetime, per_minute: int) -> Lease:
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CONTROLS, row_id, row_id)
            known = from_document(RateRow, stored.document) if stored else RateRow(row_id, minute, 0)
            row = known if known.minute >= minute else RateRow(row_id, minute, 0)
            granted = min(max(1, per_minute // SECONDS_A_MINUTE), max(0, per_minute - row.taken))
            taken = replace(row, taken=row.taken + granted)
            try:
                if granted and stored:
                    await self.documents.replace(CONTROLS, to_document(taken), stored.etag, KEEP_RATES)
                elif granted:
                    await self.documents.create(CONTROLS, to_document(taken), KEEP_RATES)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            return Lease(minute, granted, is_last=taken.taken >= per_minute)
