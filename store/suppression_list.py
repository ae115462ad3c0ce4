"""The list of suppressed addresses, for people. What decides is the row of the address: `store/address_book.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.customers.addresses import normalised
from domain.customers.suppression import Suppression
from domain.errors import Conflict, Stale
from domain.serialization import from_document, to_document
from domain.traits import CHANNELS
from store.address_rows import list_key
from store.collisions import Collisions
from store.documents import Documents, Page

SUPPRESSIONS = "Suppressions"


@dataclass(frozen=True)
class Listed:
    """One reason of one address, for the same categories. `at` is that of the reason. `address` is empty when its owner
    was erased.
    """

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
        await self._note(channel, list_key(channel, address), normalised(channel, address), known)

    async def note_erased(self, channel: str, name: str, known: Iterable[Suppression]) -> None:
        """The same of an address whose owner was erased. `name` is that of its row (`store/erased_addresses.py`)."""
        await self._note(channel, name, "", [replace(each, note=None) for each in known])

    async def addresses(self, channel: str, key: str, known: Iterable[Suppression]) -> set[str]:
        """In which spellings an address is in the list."""
        ids = [_listed_id(each, key) for each in known]
        found = [await self.documents.read(SUPPRESSIONS, channel, each, newest=True) for each in ids]
        return {from_document(Listed, each.document).address for each in found if each} - {""}

    async def forget(self, channel: str, key: str, known: Iterable[Suppression]) -> None:
        """Leave the address out of the list. Safe to repeat."""
        for each in known:
            await self.documents.delete(SUPPRESSIONS, channel, _listed_id(each, key))

    async def _note(self, channel: str, key: str, address: str, known: Iterable[Suppression]) -> None:
        for each in known:
            if each.at:  # a lifting of what nobody said is nothing to be listed
                await self._merge(Listed(_listed_id(each, key), channel, address, each, each.at))

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


def _listed_id(suppression: Suppression, key: str) -> str:
    return "-".join([suppression.reason, *suppression.categories, key])
