"""What is kept of an address whose owner was erased: that it is suppressed, and that nothing from it is recorded.

Under a keyed hash: nobody who reads the store can find out the address, and whoever names it can be told.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain import clock
from domain.customers.suppression import Suppression, merged
from domain.errors import Conflict, Stale
from domain.messages.retention import at_least_a_second
from domain.serialization import from_document, to_document
from domain.signing_keys import SigningKeys
from store.address_rows import AddressRow
from store.collisions import Collisions
from store.correlations import CORRELATIONS
from store.documents import Documents

PURPOSE = "erased-address"


@dataclass(frozen=True)
class ErasedAddress:
    """`refused_until`: until then nothing that comes from the address is recorded, unless it is somebody else's.
    `listed_as`: under which keys the list for people still has it, until the erasure is completed.
    """

    id: str
    channel: str
    suppressions: tuple[Suppression, ...] = ()
    listed_as: tuple[str, ...] = ()
    refused_until: datetime | None = None
    schema: int = 1

    def joined(self, row: AddressRow, refused_until: datetime) -> "ErasedAddress":
        """Without notes, which are words of people about people."""
        return replace(
            self,
            suppressions=merged(self.suppressions, (replace(each, note=None) for each in row.suppressions)),
            listed_as=tuple(sorted({*self.listed_as, *row.list_keys})),
            refused_until=max(refused_until, self.refused_until or refused_until),
        )

    def expires_in(self, now: datetime) -> timedelta | None:
        """None while something forbids to write there without an end."""
        in_force = [each.until for each in self.suppressions if each.holds(now)]
        if None in in_force:
            return None
        return at_least_a_second(max(filter(None, [self.refused_until, *in_force]), default=now) - now)


@dataclass(frozen=True)
class ErasedAddresses:
    """Rows among the correlations: `erased-<number of the key>-<hash>`.

    The key is derived from the signing keys: the lowest names new rows, as it names customers, and all find them.
    """

    documents: Documents
    signing_keys: SigningKeys

    def name_of(self, row_id: str) -> str:
        """The id of what is kept of the address with this row."""
        return self._names(row_id)[0]

    async def find(self, row_id: str) -> ErasedAddress | None:
        """As any worker has written it."""
        for name in self._names(row_id):
            if kept := await self.read(name):
                return kept
        return None

    async def read(self, name: str) -> ErasedAddress | None:
        stored = await self.documents.read(CORRELATIONS, name, name, newest=True)
        return from_document(ErasedAddress, stored.document) if stored else None

    async def keep(self, row: AddressRow, refused_until: datetime) -> None:
        """Keep what this row says, besides what is kept already. Safe to repeat."""
        name = self.name_of(row.id)
        await self._change(ErasedAddress(name, row.channel), lambda known: known.joined(row, refused_until))

    async def unlist(self, name: str) -> None:
        """The list for people has it no more. Safe to repeat."""
        await self._change(ErasedAddress(name, ""), lambda known: replace(known, listed_as=()))

    async def _change(self, new: ErasedAddress, change: Callable[[ErasedAddress], ErasedAddress]) -> None:
        name, collisions = new.id, Collisions()
        while True:
            stored = await self.documents.read(CORRELATIONS, name, name, newest=True)
            kept = change(from_document(ErasedAddress, stored.document) if stored else new)
            expires_in = kept.expires_in(clock.now())
            try:
                if stored:
                    await self.documents.replace(CORRELATIONS, to_document(kept), stored.etag, expires_in)
                else:
                    await self.documents.create(CORRELATIONS, to_document(kept), expires_in)
            except (Conflict, Stale):
                await collisions.pause()
            else:
                return

    def _names(self, row_id: str) -> list[str]:
        keys = self.signing_keys.derived(PURPOSE)
        return [
            f"erased-{number}-{hmac.digest(keys[number], row_id.encode(), 'sha256').hex()[:32]}"
            for number in sorted(keys)
        ]
