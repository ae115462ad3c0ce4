"""The customers that companies put on file."""

from dataclasses import dataclass

from delivery.customer import Customer
from delivery.errors import Conflict, Stale
from store.documents import Documents

CUSTOMERS = "Customers"


@dataclass(frozen=True)
class Customers:
    documents: Documents

    async def read(self, customer_id: str) -> Customer | None:
        """`customer_id` is the digest of the caller's id."""
        stored = await self.documents.read(CUSTOMERS, customer_id, customer_id)
        return Customer.from_document(stored.document) if stored else None

    async def put(self, customer: Customer) -> bool:
        """Write the whole customer; whether there was none before."""
        while True:
            stored = await self.documents.read(CUSTOMERS, customer.id, customer.id)
            try:
                if stored is None:
                    await self.documents.create(CUSTOMERS, customer.to_document())
                else:
                    await self.documents.replace(CUSTOMERS, customer.to_document(), stored.etag)
            except (Conflict, Stale):
                continue
            return stored is None
