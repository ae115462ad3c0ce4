"""The owners of an address: they decide where a reply goes.

A row is read and then replaced under its etag, never overwritten and never deleted: others may have written to it
meanwhile. What a newer version of this program keeps in it stays there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial

from domain.customers.addresses import normalised, other_spellings
from domain.customers.customer import Customer
from domain.errors import Conflict, Stale
from domain.identities import digest, own_conversation, strangers_conversation
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.correlations import CORRELATIONS
from store.customers import Customers
from store.documents import Documents, Stored

MOST_HOLDERS = 10
"""The number of customers who can share an address; with more, those written to last. A test number may have thousands.
"""


@dataclass(frozen=True)
class Holder:
    """A customer with an address, and the conversation that their reply belongs to.

    `customer_id` is the digest of `external_customer_id`, which is empty for a stranger. Who is not on file with the
    address was still written to there.
    """

    customer_id: str
    external_customer_id: str = field(repr=False)
    conversation_id: str
    is_on_file: bool = False


@dataclass(frozen=True)
class AddressRow:
    """The owners of an address. The fields beside the id are the one that a reply is attributed to.

    `others` share the address. An address without an owner is a stranger's. `same_as`: the rows that a number may
    have, where this is the row of WhatsApp's own id of a person.
    """

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    conversation_id: str
    is_on_file: bool = False
    others: tuple[Holder, ...] = ()
    same_as: tuple[str, ...] = ()
    schema: int = 1

    @property
    def holder(self) -> Holder:
        return Holder(self.customer_id, self.external_customer_id, self.conversation_id, self.is_on_file)

    @property
    def holders(self) -> tuple[Holder, ...]:
        """All owners, first the one that a reply is attributed to."""
        return (self.holder, *self.others) if self.external_customer_id else ()

    def is_held_by(self, customer_id: str) -> bool:
        return any(each.customer_id == customer_id for each in self.holders)

    def held_by(self, first: Holder, *others: Holder) -> "AddressRow":
        return replace(self, **vars(first), others=others[: MOST_HOLDERS - 1])


@dataclass(frozen=True)
class Addresses:
    """Rows among the correlations: `addr-<channel>-<digest of the address>`, kept as long as the customer may write."""

    documents: Documents

    async def point(self, channel: str, address: str, holder: Holder) -> None:
        """Replies from this address belong to this customer and this conversation: we have written there.

        A customer on file with the address has a row, so one read finds that nothing is to be written. Anybody else has
        probably none, and the attempt to create it saves that read.
        """
        row_id = _row_id(channel, address)
        if not holder.is_on_file and await self._is_created(_row(row_id, holder)):
            return

        async def pointing(row: AddressRow) -> AddressRow:
            others = [each for each in row.holders if each.customer_id != holder.customer_id]
            return row if row.holder == holder else row.held_by(holder, *others)

        await self._change(_row(row_id, holder), pointing)

    async def introduce(self, customer: Customer) -> None:
        """Assign the addresses to a customer on file, and remove other owners who are not on file with them.

        Among those who are, replies go to the same one as before. Safe to repeat, and does nothing then.
        """
        new = Holder(customer.id, customer.external_id, own_conversation(customer.id), is_on_file=True)
        for channel, address in customer.contact_points.items():
            await self._change(_row(_row_id(channel, address), new), partial(self._joined, new, channel, address))

    async def _joined(self, new: Holder, channel: str, address: str, row: AddressRow) -> AddressRow:
        known = next((each for each in row.holders if each.customer_id == new.customer_id), None)
        if known and known.is_on_file:
            return row
        staying = [each for each in row.holders if each == known or await self._lists(each, channel, address)]
        if known is None:
            staying = [*staying[: MOST_HOLDERS - 1], new]
        return row.held_by(*(replace(each, is_on_file=True) for each in staying))

    async def release(self, customer_id: str, contact_points: dict[str, str]) -> None:
        """Remove this customer as an owner of these addresses; others who share them stay. Safe to repeat."""
        for channel, address in contact_points.items():
            nobodys = _nobodys(channel, address)
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

        await self._change(replace(_nobodys(channel, user_id), same_as=same_as), leading_there)

    async def whose(self, channel: str, *names: str) -> AddressRow:
        """The owner of a reply with these names of its sender, the best name first; as any worker has written it.

        Each name is tried before its other spellings. An unknown sender has one conversation for all channels.
        """
        looking_at = [row_id for name in names for row_id in row_ids(channel, name)]
        for row_id in looking_at:
            # a session may still tell who had the number before
            stored = await self.documents.read(CORRELATIONS, row_id, row_id, newest=True)
            row = _from(stored) if stored else None
            if row and row.holders:
                return row
            looking_at += [each for each in (row.same_as if row else ()) if each not in looking_at]
        return _nobodys(channel, names[0])

    async def _lists(self, holder: Holder, channel: str, address: str) -> bool:
        """Whether the address is on file of this customer."""
        customer = await Customers(self.documents).read(holder.customer_id)
        return bool(customer and customer.lists(channel, address))

    async def _change(self, new: AddressRow, change: Callable[[AddressRow], Awaitable[AddressRow]]) -> None:
        """Read, change, replace, until nobody has come between; `new` where there is no row."""
        collisions = Collisions()
        while not await self._is_changed(new, change):
            await collisions.pause()

    async def _is_changed(self, new: AddressRow, change: Callable[[AddressRow], Awaitable[AddressRow]]) -> bool:
        """False when somebody has come between."""
        stored = await self._read(new.id)
        if stored is None:
            return await self._is_created(new)
        row = _from(stored)
        changed = await change(row)
        return changed == row or await self._is_replaced(changed, stored)

    async def _read(self, row_id: str) -> Stored | None:
        return await self.documents.read(CORRELATIONS, row_id, row_id)

    async def _is_created(self, row: AddressRow) -> bool:
        try:
            await self.documents.create(CORRELATIONS, to_document(row))
        except Conflict:
            return False
        return True

    async def _is_replaced(self, row: AddressRow, stored: Stored) -> bool:
        document = {**stored.document, **to_document(row)}  # with what a newer version of this program keeps there
        try:
            await self.documents.replace(CORRELATIONS, document, stored.etag)
        except Stale:
            return False
        return True


def row_ids(channel: str, address: str) -> tuple[str, ...]:
    """The rows that an address may have: its own, and then those of its other spellings."""
    return tuple(_row_id(channel, spelling) for spelling in (address, *other_spellings(channel, address)))


def _row_id(channel: str, address: str) -> str:
    return f"addr-{channel}-{digest(normalised(channel, address))}"


def _row(row_id: str, holder: Holder) -> AddressRow:
    return AddressRow(row_id, **vars(holder))


def _nobodys(channel: str, address: str) -> AddressRow:
    stranger = strangers_conversation(normalised(channel, address))
    return _row(_row_id(channel, address), Holder(stranger, "", stranger))


def _from(stored: Stored) -> AddressRow:
    return from_document(AddressRow, stored.document)
