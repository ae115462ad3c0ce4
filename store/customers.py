"""The customers that companies put on file, and those who wrote before anybody did."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from delivery import clock
from delivery.customer import Customer
from delivery.errors import Conflict, Stale
from delivery.message import Receipt
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
        """Write all that the company says, and keep what we have learnt; whether the customer was not on file."""

        def with_what_we_know(known: Customer) -> Customer:
            return replace(customer, last_inbound_at=known.last_inbound_at, window_closed_at=known.window_closed_at)

        before = await self._change(customer.id, customer.external_id, with_what_we_know)
        return not before.is_on_file

    async def wrote(self, customer_id: str, external_id: str, channel: str, at: datetime) -> None:
        """Remember when the customer last wrote to us, whether he is on file or not. Safe to repeat."""
        await self._change(customer_id, external_id, lambda known: known.having_written(channel, at))

    async def heard(self, customer_id: str, external_id: str, *receipts: Receipt) -> None:
        """Remember what delivery reports tell of the customer: that WhatsApp refuses free texts. Safe to repeat."""
        refusals = [each.at for each in receipts if each.reason and each.reason.code == "outsideWindow"]
        if refusals:
            at = min(max(refusals), clock.now())  # a provider's clock ahead of ours would keep the window shut
            await self._change(customer_id, external_id, lambda known: known.being_outside_window(at))

    async def _change(self, customer_id: str, external_id: str, change: Callable[[Customer], Customer]) -> Customer:
        """Read, change, write under the etag, until nobody has come between. Returns the customer as he was."""
        while True:
            stored = await self.documents.read(CUSTOMERS, customer_id, customer_id)
            before = (
                Customer.from_document(stored.document)
                if stored
                else Customer(customer_id, external_id, is_on_file=False)
            )
            after = change(before)
            try:
                if stored is None:
                    await self.documents.create(CUSTOMERS, after.to_document())
                elif after != before:
                    await self.documents.replace(CUSTOMERS, after.to_document(), stored.etag)
            except (Conflict, Stale):
                continue
            return before
