"""The customers on file, and those who wrote to us without being on file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.customers.consent import MOST_CONSENTS, Statement
from domain.customers.customer import Customer
from domain.errors import Conflict, InvalidValue, Stale
from domain.messages.attempt import Reason, Receipt
from store.collisions import Collisions
from store.documents import Documents
from store.together import Together

CUSTOMERS = "Customers"


@dataclass(frozen=True)
class Customers:
    documents: Documents
    _together: Together[Customer] = field(default_factory=Together)

    async def read(self, customer_id: str, *, newest: bool = False) -> Customer | None:
        """`customer_id` is the digest of the caller's id. `newest`: as any worker has written it."""
        stored = await self.documents.read(CUSTOMERS, customer_id, customer_id, newest=newest)
        return Customer.from_document(stored.document) if stored else None

    async def put(self, customer: Customer) -> bool:
        """Write what the company provides, and keep what we have learnt; return whether the customer is new."""

        was_on_file = False

        def with_what_we_know(known: Customer) -> Customer:
            nonlocal was_on_file
            was_on_file = known.is_on_file
            return customer.learnt(known)

        await self._change(customer.id, customer.external_id, with_what_we_know)
        return not was_on_file

    async def wrote(self, customer_id: str, external_id: str, channel: str, at: datetime, sender: str = "") -> None:
        """Record when and from where the customer last wrote, whether on file or not. Safe to repeat."""
        await self._change(customer_id, external_id, lambda known: known.having_written(channel, at, sender))

    async def heard(self, customer_id: str, external_id: str, channel: str, to: str, *receipts: Receipt) -> None:
        """Record what delivery reports say about the customer: that free texts to this number are refused.

        `to` is empty once it was erased; then there is nothing to remember it by. Safe to repeat.
        """
        refusals = [each.at for each in receipts if each.reason and each.reason.code == "outsideWindow"]
        if refusals and to:
            at = max(refusals)
            await self._change(customer_id, external_id, lambda known: known.being_outside_window(channel, to, at))

    async def said(
        self, customer_id: str, external_id: str, stopped_at: datetime | None, started_at: datetime | None
    ) -> None:
        """Record a STOP or a START of a customer, whether on file or not. Safe to repeat."""
        await self._change(customer_id, external_id, lambda known: known.having_said(stopped_at, started_at))

    async def wrote_unclearly(self, customer_id: str, external_id: str, at: datetime) -> None:
        """Record that a reply may be meant as STOP. Safe to repeat."""
        await self._change(customer_id, external_id, lambda known: known.having_written_unclearly(at))

    async def stated(
        self,
        customer_id: str,
        external_id: str,
        channel: str,
        topic: str,
        statement: Statement,
        *,
        if_asked: bool = False,
    ) -> Customer:
        """Record what the customer has said about a topic, whether on file or not. Safe to repeat.

        `if_asked`: only while it is waited for. Raises `InvalidValue` when there are too many topics; a withdrawal is
        always taken.
        """

        def stating(known: Customer) -> Customer:
            if if_asked and not known.is_asked(channel, topic):
                return known
            after = known.stating(channel, topic, statement)
            is_one_more = len(after.consents) > max(len(known.consents), MOST_CONSENTS)
            if is_one_more and statement.kind != "withdrawn":
                raise InvalidValue("outOfRange", f"must not be one of more than {MOST_CONSENTS} with those of before")
            return after

        return await self._replace(Customer(customer_id, external_id, is_on_file=False), stating)

    async def permit(self, customer_id: str, check: Callable[[Customer], Customer | Reason]) -> Reason | None:
        """Whether the customer allows this now; why not, else None. What `check` returns is written under the etag by
        which it allowed.

        So whoever has this permit took it before any withdrawal that is acknowledged later, and two messages never take
        the last place under a cap.
        """
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CUSTOMERS, customer_id, customer_id, newest=True)
            checked = check(Customer.from_document(stored.document) if stored else Customer(customer_id, ""))
            if isinstance(checked, Reason):
                return checked
            if stored is None:
                return None
            try:
                await self.documents.replace(CUSTOMERS, checked.to_document(), stored.etag)
            except Stale:
                await collisions.pause()
            else:
                return None

    async def _change(self, customer_id: str, external_id: str, change: Callable[[Customer], Customer]) -> None:
        """Change the customer, together with other changes that this worker makes at the same time."""
        new = Customer(customer_id, external_id, is_on_file=False)

        async def write(changes: Callable[[Customer], Customer]) -> None:
            await self._replace(new, changes)

        await self._together.change(customer_id, change, write)

    async def _replace(self, new: Customer, change: Callable[[Customer], Customer]) -> Customer:
        """Read, change, write under the etag, until nobody has come between."""
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CUSTOMERS, new.id, new.id)
            before = Customer.from_document(stored.document) if stored else new
            after = change(before)
            try:
                if stored is None:
                    await self.documents.create(CUSTOMERS, after.to_document())
                elif after != before:
                    await self.documents.replace(CUSTOMERS, after.to_document(), stored.etag)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            return after
