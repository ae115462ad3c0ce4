"""The rows of addresses, and by which ids they are found."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from domain import clock
from domain.clock import from_text
from domain.customers.addresses import normalised, one_spelling, other_spellings
from domain.customers.suppression import Suppression, merged, started, stopped
from domain.identities import digest, strangers_conversation
from domain.messages.message import Message
from domain.serialization import from_document
from store.documents import Document

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
    have, where this is the row of WhatsApp's own id of a person. `suppressions`: what forbids writing to it, and
    `listed_as`: under which keys the list for people has that (`store/suppression_list.py`). `is_new`: nobody has
    looked yet what is kept of an owner who was erased.
    """

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    conversation_id: str
    is_on_file: bool = False
    others: tuple[Holder, ...] = ()
    same_as: tuple[str, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    listed_as: tuple[str, ...] = ()
    is_new: bool = False
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
        return self.suppression_in(self.suppressions, message)

    @staticmethod
    def suppression_in(known: Iterable[Suppression], message: Message) -> Suppression | None:
        """What of these forbids this message now."""
        now = clock.now()
        return next(
            (
                each
                for each in known
                if each.stops(message.category, now) and not each.is_confirmed_by(message.confirms_stop_at, now)
            ),
            None,
        )

    @property
    def holder(self) -> Holder:
        return Holder(self.customer_id, self.external_customer_id, self.conversation_id, self.is_on_file)

    @property
    def channel(self) -> str:
        return self.id.split("-")[1]

    @property
    def list_keys(self) -> tuple[str, ...]:
        """Under which keys the list for people may have it; rows of an earlier version do not tell."""
        return self.listed_as or ((self.digest,) if self.suppressions else ())

    @property
    def digest(self) -> str:
        """That of the address."""
        return self.id.rpartition("-")[2]

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


def row_ids(channel: str, address: str) -> tuple[str, ...]:
    """The rows that an address may have: its own, and then those of its other spellings."""
    return tuple(row_id_of(channel, spelling) for spelling in (address, *other_spellings(channel, address)))


def row_id_of(channel: str, address: str) -> str:
    return f"addr-{channel}-{address_digest(channel, address)}"


def list_key(channel: str, address: str) -> str:
    """By which the list for people knows an address, in whatever spelling."""
    return digest(one_spelling(channel, address))


def address_digest(channel: str, address: str) -> str:
    """By which the row of an address is named."""
    return digest(normalised(channel, address))


def row_held_by(row_id: str, holder: Holder) -> AddressRow:
    return AddressRow(row_id, **vars(holder))


def nobodys_row(channel: str, address: str) -> AddressRow:
    row_id = row_id_of(channel, address)
    return row_held_by(row_id, stranger_with(row_id))


def stranger_with(row_id: str) -> Holder:
    conversation = conversation_of_stranger(row_id)
    return Holder(conversation, "", conversation)


def conversation_of_stranger(row_id: str) -> str:
    """The conversation of an unknown sender, whose address has this row."""
    return strangers_conversation(row_id.rpartition("-")[2])
