"""The owners of an address, who decide where a reply goes, and whether it may be written to.

A row is read and then replaced under its etag, never overwritten and never deleted: others may have written to it
meanwhile. What a newer version of this program keeps in it stays there.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from domain import clock
from domain.clock import from_text
from domain.customers.addresses import normalised, other_spellings
from domain.customers.customer import Customer
from domain.customers.suppression import Suppression, merged, started, stopped
from domain.errors import Conflict, Stale
from domain.identities import digest, own_conversation, strangers_conversation
from domain.messages.message import Message
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.correlations import CORRELATIONS
from store.customers import Customers
from store.documents import Document, Documents

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
    have, where this is the row of WhatsApp's own id of a person. `suppressions`: what forbids writing to it.
    """

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    conversation_id: str
    is_on_file: bool = False
    others: tuple[Holder, ...] = ()
    same_as: tuple[str, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    schema: int = 1

    @classmethod
    def from_document(cls, document: Document) -> "AddressRow":
        row = from_document(cls, document)
        # a STOP and a START of before there were other reasons stay in the row
        stop, start = (from_text(it) if (it := document.get(name)) else None for name in ("stoppedAt", "startedAt"))
        said = (*(stopped(stop, "reply") if stop else ()), *(started(start) if start else ()))
        return replace(row, suppressions=merged(row.suppressions, said)) if said else row

    def suppression_of(self, message: Message) -> Suppression | None:
        """What forbids this message now."""
        now = clock.now()
        return next(
            (
                each
                for each in self.suppressions
                if each.stops(message.category, now) and not each.is_confirmed_by(message.confirms_stop_at, now)
            ),
            None,
        )

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
class AddressEntry:
    """A row as it was read or written, and the etag that a change of it must name.

    `document` has what a newer version of this program keeps in it, too.
    """

    row: AddressRow
    etag: str
    document: Document = field(repr=False)


@dataclass(frozen=True)
class Addresses:
    """Rows among the correlations: `addr-<channel>-<digest of the address>`, kept as long as the customer may write."""

    documents: Documents

    async def point(self, channel: str, address: str, holder: Holder) -> AddressEntry:
        """Replies from this address belong to this customer and this conversation: we have written there.

        A customer on file with the address has a row, so one read finds that nothing is to be written. Anybody else has
        probably none, and the attempt to create it saves that read.
        """
        new = _row(_row_id(channel, address), holder)
        created = None if holder.is_on_file else await self._created(new)

        async def pointing(row: AddressRow) -> AddressRow:
            others = [each for each in row.holders if each.customer_id != holder.customer_id]
            return row if row.holder == holder else row.held_by(holder, *others)

        return created or await self._change(new, pointing)

    async def permit(
        self, channel: str, address: str, message: Message, known: AddressEntry | None = None
    ) -> Suppression | None:
        """What forbids this message to the address; None is the permit. The last write before a provider is called.

        It writes the row as it is, under the etag by which it was found not to be suppressed. So whoever has a permit
        took it before any STOP that is acknowledged later, and a STOP that is acknowledged lets no permit through.
        `known` is the row as this execution has just seen it, which saves a read.
        """
        nobodys = _nobodys(channel, address)
        collisions = Collisions()
        while True:
            entry = known or await self._read(nobodys.id, newest=True) or await self._created(nobodys)
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
        row_names = {row_id: (channel, name) for name in names for row_id in row_ids(channel, name)}
        holders: dict[str, str] = {}

        async def said(row: AddressRow) -> AddressRow:
            return replace(row, suppressions=merged(row.suppressions, news))

        waiting = [replace(_nobodys(*named), id=row_id) for row_id, named in row_names.items()]
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
        entry = await self._read(_row_id(channel, address), newest=True)
        return entry.row.suppressions if entry else ()

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

    async def row_of(self, channel: str, address: str) -> AddressRow | None:
        """The row of the address with this digest, as any worker has written it."""
        entry = await self._read(f"addr-{channel}-{address}", newest=True)
        return entry.row if entry else None

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
            found = await self._read(row_id, newest=True)
            row = found.row if found else None
            if row and row.holders:
                return row
            looking_at += [each for each in (row.same_as if row else ()) if each not in looking_at]
        return _nobodys(channel, names[0])

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

    async def _created(self, row: AddressRow) -> AddressEntry | None:
        """None when there is one already."""
        document = to_document(row)
        try:
            return AddressEntry(row, await self.documents.create(CORRELATIONS, document), document)
        except Conflict:
            return None

    async def _replaced(self, row: AddressRow, before: AddressEntry) -> AddressEntry | None:
        """None when somebody has come between."""
        document = {**before.document, **to_document(row)}
        try:
            return AddressEntry(row, await self.documents.replace(CORRELATIONS, document, before.etag), document)
        except Stale:
            return None


def row_ids(channel: str, address: str) -> tuple[str, ...]:
    """The rows that an address may have: its own, and then those of its other spellings."""
    return tuple(_row_id(channel, spelling) for spelling in (address, *other_spellings(channel, address)))


def _row_id(channel: str, address: str) -> str:
    return f"addr-{channel}-{address_digest(channel, address)}"


def address_digest(channel: str, address: str) -> str:
    """By which the row of an address is named."""
    return digest(normalised(channel, address))


def _row(row_id: str, holder: Holder) -> AddressRow:
    return AddressRow(row_id, **vars(holder))


def _nobodys(channel: str, address: str) -> AddressRow:
    stranger = strangers_conversation(normalised(channel, address))
    return _row(_row_id(channel, address), Holder(stranger, "", stranger))
