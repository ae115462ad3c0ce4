"""Whom an address belongs to: where the reply of a customer goes."""

from dataclasses import dataclass, field

from delivery.addresses import normalised
from delivery.customer import Customer
from delivery.documents import from_document, to_document
from delivery.errors import Conflict
from delivery.identities import digest, own_conversation, strangers_conversation
from store.correlations import CORRELATIONS
from store.documents import Documents


@dataclass(frozen=True)
class AddressRow:
    """`customer_id` is the digest of `external_customer_id`. The row of somebody we do not know is never stored."""

    id: str
    customer_id: str
    external_customer_id: str = field(repr=False)
    conversation_id: str
    schema: int = 1


@dataclass(frozen=True)
class Addresses:
    """Rows among the correlations: `addr-<channel>-<digest of the address>`, kept as long as the customer may write."""

    documents: Documents

    async def point(
        self, channel: str, address: str, customer_id: str, external_customer_id: str, conversation_id: str
    ) -> None:
        """Replies from this address belong to this customer and go on in this conversation: we have written there."""
        row = AddressRow(_row_id(channel, address), customer_id, external_customer_id, conversation_id)
        await self.documents.upsert(CORRELATIONS, to_document(row))

    async def introduce(self, customer: Customer) -> None:
        """Let the addresses of a customer on file point to him, where they point to nobody yet."""
        for channel, address in customer.contact_points.items():
            row = AddressRow(
                _row_id(channel, address), customer.id, customer.external_id, own_conversation(customer.id)
            )
            try:
                await self.documents.create(CORRELATIONS, to_document(row))
            except Conflict:
                continue  # whoever was written to last at this address is who answers from it

    async def whose(self, channel: str, address: str) -> AddressRow:
        """Whom a reply from this address comes from. A stranger has one conversation, on whatever channel."""
        row_id = _row_id(channel, address)
        if stored := await self.documents.read(CORRELATIONS, row_id, row_id):
            return from_document(AddressRow, stored.document)
        stranger = strangers_conversation(normalised(channel, address))
        return AddressRow(row_id, customer_id=stranger, external_customer_id="", conversation_id=stranger)


def _row_id(channel: str, address: str) -> str:
    return f"addr-{channel}-{digest(normalised(channel, address))}"
