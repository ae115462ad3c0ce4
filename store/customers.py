"""The customers on file, those who wrote to us without being on file, and for a while those who were erased."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.clock import now, to_text
from domain.customers.consent import MOST_CONSENTS, Statement
from domain.customers.customer import Customer
from domain.errors import Conflict, CustomerChanged, CustomerErased, InvalidValue, Stale
from domain.messages.attempt import Reason, Receipt
from domain.messages.permission import ERASED
from domain.messages.retention import at_least_a_second
from store.collisions import Collisions
from store.documents import Documents
from store.together import Together

CUSTOMERS = "Customers"
REFUSED_FOR = timedelta(days=91)
"""How long an erased customer is refused: an event may be delivered again from a dead letter for 90 days."""


@dataclass(frozen=True)
class CustomerPage:
    """Some customers on file, and where to go on."""

    customers: list[Customer]
    continuation: str | None


def whatever_it_is(_: Customer) -> bool:
    return True


@dataclass(frozen=True)
class Customers:
    documents: Documents
    _together: Together[Customer] = field(default_factory=Together)

    async def read(self, customer_id: str, *, newest: bool = False) -> Customer | None:
        """`customer_id` is the digest of the caller's id. `newest`: as any worker has written it."""
        stored = await self.documents.read(CUSTOMERS, customer_id, customer_id, newest=newest)
        return Customer.from_document(stored.document) if stored else None

    async def page(
        self, where: Mapping[str, str], since: datetime | None, top: int, continuation: str | None
    ) -> CustomerPage:
        """Those on file, the latest updated first. `where`: fields of `INDEXED_FIELDS` with their values.

        Raises `ValueError` for a continuation that is not of this query.
        """
        page = await self.documents.find(
            CUSTOMERS,
            "updatedAt",
            where=where,
            since=to_text(since) if since else None,
            descending=True,
            top=top,
            continuation=continuation,
        )
        return CustomerPage([Customer.from_document(each) for each in page.documents], page.continuation)

    async def put(self, customer: Customer, expected: Callable[[Customer], bool] = whatever_it_is) -> bool:
        """Write what the company provides, and keep what we have learnt; return whether the customer is new.

        `expected` says whether this is what the caller knows of them. Raises `CustomerChanged` if not, unless they are
        on file as wanted already; and `CustomerErased`.
        """
        was_on_file = False

        def with_what_we_know(known: Customer) -> Customer:
            nonlocal was_on_file
            was_on_file = known.is_on_file
            if not expected(known):
                if known.version == customer.version:
                    return known
                raise CustomerChanged("the customer was changed")
            return customer.learnt(known)

        await self._replace(Customer(customer.id, customer.external_id, is_on_file=False), with_what_we_know)
        return not was_on_file

    async def erase(self, customer_id: str, at: datetime, erasure_id: str) -> Customer | None:
        """Leave nothing of a customer but that they were erased, which refuses them for 91 days from `at` on.

        The customer as they were before this or an earlier erasure; None when nothing was known of them. Safe to
        repeat.
        """
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CUSTOMERS, customer_id, customer_id, newest=True)
            known = Customer.from_document(stored.document) if stored else None
            if known and known.erased_at:
                return known
            gone = Customer(customer_id, "", is_on_file=False, erased_at=at, erased_by=erasure_id)
            kept = at_least_a_second(at + REFUSED_FOR - now())
            try:
                if stored is None:
                    await self.documents.create(CUSTOMERS, gone.to_document(), kept)
                else:
                    await self.documents.replace(CUSTOMERS, gone.to_document(), stored.etag, kept)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            return known

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
        always taken. Raises `CustomerErased`.
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
            if stored and stored.document.get("erasedAt"):
                return ERASED
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
        """Change the customer, together with other changes that this worker makes at the same time.

        Of who was erased nothing is learnt.
        """
        new = Customer(customer_id, external_id, is_on_file=False)

        async def write(changes: Callable[[Customer], Customer]) -> None:
            with suppress(CustomerErased):
                await self._replace(new, changes)

        await self._together.change(customer_id, change, write)

    async def _replace(self, new: Customer, change: Callable[[Customer], Customer]) -> Customer:
        """Read, change, write under the etag, until nobody has come between. Raises `CustomerErased`."""
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CUSTOMERS, new.id, new.id)
            before = Customer.from_document(stored.document) if stored else new
            if before.erased_at:
                raise CustomerErased("the customer was erased")
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
