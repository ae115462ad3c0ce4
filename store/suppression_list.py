"""The list of suppressed addresses, for people. What decides is the row of the address: `store/address_book.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.customers.addresses import normalised, one_spelling
from domain.customers.suppression import Suppression
from domain.errors import Conflict, Stale
from domain.identities import digest
from domain.serialization import from_document, to_document
from domain.traits import CHANNELS
from store.collisions import Collisions
from store.documents import Documents, Page

SUPPRESSIONS = "Suppressions"


@dataclass(frozen=True)
class Listed:
    """One reason of one address, for the same categories. `at` is that of the reason."""

    id: str
    channel: str
    address: str = field(repr=False)
    suppression: Suppression
    at: datetime
    schema: int = 1


@dataclass(frozen=True)
class SuppressionList:
    documents: Documents

    async def note(self, channel: str, address: str, known: Iterable[Suppression]) -> None:
        """Write down what the row of the address says. Safe to repeat, and in any order."""
        key = digest(one_spelling(channel, address))
        for each in known:
            if each.at:  # a lifting of what nobody said is nothing to be listed
                row_id = "-".join([each.reason, *each.categories, key])
                await self._merge(Listed(row_id, channel, normalised(channel, address), each, each.at))

    async def _merge(self, new: Listed) -> None:
        collisions = Collisions()
        while True:
            stored = await self.documents.read(SUPPRESSIONS, new.channel, new.id)
            try:
                if stored is None:
                    await self.documents.create(SUPPRESSIONS, to_document(new))
                    return
                known = from_document(Listed, stored.document)
                joined = known.suppression.joined(new.suppression)
                after = replace(known, suppression=joined, at=joined.at or known.at)
                if after != known:
                    await self.documents.replace(SUPPRESSIONS, to_document(after), stored.etag)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            return

    async def page(self, channel: str | None, limit: int, after: str | None) -> tuple[list[Listed], str | None]:
        """The latest first; without a channel those of one channel after those of another, `limit` at most.

        Raises `ValueError` for an `after` that no page returned.
        """
        channels = (channel,) if channel else CHANNELS
        place, _, continuation = (after or f"{channels[0]}~").partition("~")
        if place not in channels:
            raise ValueError("not a place in this list")
        found: list[Listed] = []
        for number, name in enumerate(channels[channels.index(place) :], channels.index(place)):
            page = await self._page(name, limit - len(found), continuation or None)
            found += [from_document(Listed, each) for each in page.documents]
            if page.continuation:
                return found, f"{name}~{page.continuation}"
            continuation = ""
            if len(found) == limit:
                return found, f"{channels[number + 1]}~" if number + 1 < len(channels) else None
        return found, None

    async def _page(self, channel: str, top: int, continuation: str | None) -> Page:
        return await self.documents.query(
            SUPPRESSIONS, channel, "at", descending=True, top=top, continuation=continuation
        )
