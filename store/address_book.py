"""The owners of an address, who decide where a reply goes, and whether it may be written to.

A row is read and then replaced under its etag, never overwritten and never deleted: others may have written to it
meanwhile. What a newer version of this program keeps in it stays there. It expires when its owner was erased: what
forbids writing there is under a keyed hash by then (`store/erased_addresses.py`), and comes back with the next row.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain import clock
from domain.customers.addresses import normalised
from domain.customers.customer import Customer
from domain.customers.suppression import Suppression, merged
from domain.errors import Conflict, Stale
from domain.identities import own_conversation
from domain.messages.message import Message
from domain.serialization import to_document
from store.address_rows import (
    MOST_HOLDERS,
    AddressEntry,
    AddressRow,
    Holder,
    list_key,
    nobodys_row,
    row_held_by,
    row_id_of,
    row_ids,
    stranger_with,
)
from store.collisions import Collisions
from store.correlations import CORRELATIONS
from store.customers import Customers
from store.documents import Documents, every
from store.erased_addresses import ErasedAddresses

LEAVES_AFTER = timedelta(minutes=5)
"""How long the row of an erased customer stays, which tells no more than what forbids writing there."""


@dataclass(frozen=True)
class Addresses:
    """Rows among the correlations: `addr-<channel>-<digest of the address>`, kept as long as the customer may write."""

    documents: Documents
    erased: ErasedAddresses

    async def point(self, channel: str, address: str, holder: Holder) -> AddressEntry:
        """Replies from this address belong to this customer and this conversation: we have written there.

        A customer on file with the address has a row, so one read finds that nothing is to be written. Anybody else has
        probably none, and the attempt to create it saves that read.
        """
        new = row_held_by(row_id_of(channel, address), holder)
        created = None if holder.is_on_file else await self._created(new)

        async def pointing(row: AddressRow) -> AddressRow:
            others = [each for each in row.holders if each.customer_id != holder.customer_id]
            return row if row.holder == holder else row.held_by(holder, *others)

        return await self._looked_up(created or await self._change(new, pointing))

    async def permit(
        self, channel: str, address: str, message: Message, known: AddressEntry | None = None
    ) -> Suppression | None:
        """What forbids this message to the address; None is the permit. The last write before a provider is called.

        It writes the row as it is, under the etag by which it was found not to be suppressed. So whoever has a permit
        took it before any STOP that is acknowledged later, and a STOP that is acknowledged lets no permit through.
        `known` is the row as this execution has just seen it, which saves a read.
        """
        nobodys = nobodys_row(channel, address)
        collisions = Collisions()
        while True:
            found = known or await self._read(nobodys.id, newest=True) or await self._created(nobodys)
            entry = await self._looked_up(found) if found else None
            forbids = entry.row.suppression_of(message) if entry else None
            if forbids and known is None:
                return forbids
            if entry and not forbids and await self._replaced(entry.row, entry):
                return None
            known = None  # somebody has come between, or it was an older version that said no
            await collisions.pause()

    async def learn(self, channel: str, names: Iterable[str], *news: Suppression) -> dict[str, str]:
        """Suppress an address, or lift that, under all of its names and spellings; the customers who have it, with the
        callers' own ids.

        Order and repetition do not matter, as `Suppression.joined` says. Safe to repeat.
        """
        known = list(names)
        row_names = {row_id: (channel, name) for name in known for row_id in row_ids(channel, name)}
        listed_as = list_key(channel, known[0]) if known else ""
        holders: dict[str, str] = {}

        async def said(row: AddressRow) -> AddressRow:
            keys = tuple(sorted({*row.listed_as, listed_as}))
            return replace(row, suppressions=merged(row.suppressions, news), listed_as=keys)

        waiting = [replace(nobodys_row(*named), id=row_id) for row_id, named in row_names.items()]
        seen = {row.id for row in waiting}
        while waiting:
            nobodys = waiting.pop()
            row = (await self._change(await said(nobodys), said)).row
            holders |= {each.customer_id: each.external_customer_id for each in row.holders}
            waiting += [replace(nobodys, id=each) for each in row.same_as if each not in seen]
            seen |= set(row.same_as)
        return holders

    async def suppressions(self, channel: str, address: str) -> tuple[Suppression, ...]:
        """All that is known of this address, also what is over; as any worker has written it."""
        row_id = row_id_of(channel, address)
        if entry := await self._read(row_id, newest=True):
            return (await self._looked_up(entry)).row.suppressions
        kept = await self.erased.find(row_id)
        return kept.suppressions if kept else ()

    async def holders_of(self, channel: str, names: Iterable[str]) -> dict[str, str]:
        """The customers who have an address, under any of its names and spellings, with the callers' own ids."""
        holders: dict[str, str] = {}
        looking_at = list(dict.fromkeys(row_id for name in names for row_id in row_ids(channel, name)))
        for row_id in looking_at:
            entry = await self._read(row_id, newest=True)
            if entry:
                holders |= {each.customer_id: each.external_customer_id for each in entry.row.holders}
                looking_at += [each for each in entry.row.same_as if each not in looking_at]
        return holders

    async def is_refused(self, channel: str, names: Iterable[str]) -> bool:
        """Whether an owner of this address was erased, so that nothing is recorded that comes from it."""
        now = clock.now()
        for row_id in dict.fromkeys(row_id for name in names for row_id in row_ids(channel, name)):
            kept = await self.erased.find(row_id)
            if kept and kept.refused_until and now < kept.refused_until:
                return True
        return False

    async def of_customer(self, customer_id: str) -> list[AddressRow]:
        """The rows of which this customer is an owner."""
        found: dict[str, AddressRow] = {}
        for name in ("customerId", "others/[]/customerId"):
            async for each in every(self.documents, CORRELATIONS, {name: customer_id}):
                if each["id"].startswith("addr-"):
                    row = AddressRow.from_document(each)
                    found |= {row.id: row} if row.is_held_by(customer_id) else {}
        return list(found.values())

    async def leading_to(self, row_id: str) -> list[str]:
        """The ids of rows that lead to this one: of WhatsApp's own ids of its owner."""
        return [each["id"] async for each in every(self.documents, CORRELATIONS, {"sameAs/[]": row_id})]

    async def erase(self, row_id: str, customer_id: str, refused_until: datetime) -> None:
        """Leave nothing of this customer in a row, and nothing at all if nobody else has the address.

        What forbids writing to the address is kept, under a keyed hash. Whoever has just found no row there may be
        about to create one, by what they knew: the row stays until they have tried. Safe to repeat.
        """
        collisions = Collisions()
        while True:
            entry = await self._read(row_id, newest=True)
            if entry is None:
                return
            others = [each for each in entry.row.holders if each.customer_id != customer_id]
            if others:
                if await self._replaced(entry.row.held_by(*others), entry):
                    return
            else:
                await self.erased.keep(entry.row, refused_until)
                nobodys = row_held_by(row_id, stranger_with(row_id))
                nobodys = replace(nobodys, suppressions=entry.row.suppressions, is_new=True)
                if await self._replaced(nobodys, entry, expires_in=LEAVES_AFTER):
                    return
            await collisions.pause()

    async def row_of(self, channel: str, address: str) -> AddressRow | None:
        """The row of the address with this digest, as any worker has written it."""
        return await self.read(f"addr-{channel}-{address}")

    async def read(self, row_id: str) -> AddressRow | None:
        """As any worker has written it."""
        entry = await self._read(row_id, newest=True)
        return entry.row if entry else None

    async def introduce(self, customer: Customer) -> None:
        """Assign the addresses to a customer on file, and remove other owners who are not on file with them.

        Among those who are, replies go to the same one as before. Safe to repeat, and does nothing then.
        """
        new = Holder(customer.id, customer.external_id, own_conversation(customer.id), is_on_file=True)
        for channel, address in customer.addresses:
            await self._change(
                row_held_by(row_id_of(channel, address), new), partial(self._joined, new, channel, address)
            )

    async def _joined(self, new: Holder, channel: str, address: str, row: AddressRow) -> AddressRow:
        known = next((each for each in row.holders if each.customer_id == new.customer_id), None)
        if known and known.is_on_file:
            return row
        staying = [each for each in row.holders if each == known or await self._lists(each, channel, address)]
        if known is None:
            staying = [*staying[: MOST_HOLDERS - 1], new]
        return row.held_by(*(replace(each, is_on_file=True) for each in staying))

    async def release(self, customer_id: str, addresses: Iterable[tuple[str, str]]) -> None:
        """Remove this customer as an owner of these addresses; others who share them stay. Safe to repeat."""
        for channel, address in addresses:
            nobodys = nobodys_row(channel, address)
            await self._change(nobodys, partial(self._left, customer_id, nobodys.holder))

    async def _left(self, customer_id: str, nobody: Holder, row: AddressRow) -> AddressRow:
        others = [each for each in row.holders if each.customer_id != customer_id]
        return row.held_by(*others or [nobody]) if row.is_held_by(customer_id) else row

    async def also_known_as(self, channel: str, address: str, user_id: str) -> None:
        """Make the provider's own id of a person lead to the same owners as their number. Safe to repeat.

        A number may be reassigned, such an id is not: a person who takes another number gets another id.
        """
        if normalised(channel, user_id).isdecimal():
            return  # not an id of a person: it would lead one number to another
        same_as = row_ids(channel, address)

        async def leading_there(row: AddressRow) -> AddressRow:
            return replace(row, same_as=same_as)

        await self._change(replace(nobodys_row(channel, user_id), same_as=same_as), leading_there)

    async def whose(self, channel: str, *names: str) -> AddressRow:
        """The owner of a reply with these names of its sender, the best name first; as any worker has written it.

        Each name is tried before its other spellings. An unknown sender has one conversation for all channels.
        """
        looking_at = [row_id for name in names for row_id in row_ids(channel, name)]
        for row_id in looking_at:
            # a session may still tell who had the number before
            found = await self._read(row_id, newest=True)
            row = found.row if found else None
            if row and row.holders:
                return row
            looking_at += [each for each in (row.same_as if row else ()) if each not in looking_at]
        return nobodys_row(channel, names[0])

    async def _lists(self, holder: Holder, channel: str, address: str) -> bool:
        """Whether the address is on file of this customer."""
        customer = await Customers(self.documents).read(holder.customer_id)
        return bool(customer and customer.lists(channel, address))

    async def _change(self, new: AddressRow, change: Callable[[AddressRow], Awaitable[AddressRow]]) -> AddressEntry:
        """Read, change, replace, until nobody has come between; `new` where there is no row."""
        collisions = Collisions()
        while True:
            found = await self._read(new.id)
            if found is None:
                entry = await self._created(new)
            else:
                changed = await change(found.row)
                entry = found if changed == found.row else await self._replaced(changed, found)
            if entry:
                return entry
            await collisions.pause()

    async def _read(self, row_id: str, *, newest: bool = False) -> AddressEntry | None:
        stored = await self.documents.read(CORRELATIONS, row_id, row_id, newest=newest)
        return AddressEntry(AddressRow.from_document(stored.document), stored.etag, stored.document) if stored else None

    async def _looked_up(self, entry: AddressEntry) -> AddressEntry:
        """With what is kept of an owner who was erased. It is looked up once for each row, after that was created: so
        nothing that is moved there meanwhile is missed. Whoever writes the row next writes that it was.
        """
        if not entry.row.is_new:
            return entry
        kept = await self.erased.find(entry.row.id)
        suppressions = merged(entry.row.suppressions, kept.suppressions) if kept else entry.row.suppressions
        return replace(entry, row=replace(entry.row, suppressions=suppressions, is_new=False))

    async def _created(self, new: AddressRow) -> AddressEntry | None:
        """None when there is one already."""
        row = replace(new, is_new=True)
        document = to_document(row)
        try:
            return AddressEntry(row, await self.documents.create(CORRELATIONS, document), document)
        except Conflict:
            return None

    async def _replaced(
        self, row: AddressRow, before: AddressEntry, expires_in: timedelta | None = None
    ) -> AddressEntry | None:
        """None when somebody has come between."""
        document = {**before.document, **to_document(row)}
        try:
            etag = await self.documents.replace(CORRELATIONS, document, before.etag, expires_in)
        except Stale:
            return None
        return AddressEntry(row, etag, document)
