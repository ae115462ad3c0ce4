import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.messages.attempt import Reason, Receipt
from store.customers import Customers
from tests.domain.messages.records import ADA, ADDRESSES, MINUTE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # past: nothing is learnt from the future

NUMBER = ADDRESSES["whatsapp"]
REFUSED = Receipt(1, "failed", NOON, Reason("outsideWindow", "…"))


@pytest.fixture
def customers(documents):
    return Customers(documents)


async def test_who_writes_before_being_put_on_file_is_remembered_and_not_on_file(customers):
    await customers.wrote(ADA.id, ADA.external_id, "sms", NOON)

    customer = await customers.read(ADA.id)
    assert customer.last_inbound_at == {"sms": NOON}
    assert not customer.is_on_file


async def test_to_be_put_on_file_is_new_for_who_only_wrote_and_forgets_nothing(customers):
    await customers.wrote(ADA.id, ADA.external_id, "sms", NOON)
    await customers.heard(ADA.id, ADA.external_id, "whatsapp", NUMBER, replace(REFUSED, at=NOON + MINUTE))

    assert await customers.put(ADA)
    assert not await customers.put(ADA)
    learnt = replace(ADA, last_inbound_at={"sms": NOON}).being_outside_window("whatsapp", NUMBER, NOON + MINUTE)
    assert await customers.read(ADA.id) == learnt


async def test_what_is_learnt_at_the_same_moment_is_all_kept(customers):
    await asyncio.gather(
        customers.put(ADA),
        *(customers.wrote(ADA.id, ADA.external_id, "sms", NOON + number * MINUTE) for number in range(6)),
        customers.wrote(ADA.id, ADA.external_id, "whatsapp", NOON, NUMBER),
        customers.heard(ADA.id, ADA.external_id, "whatsapp", NUMBER, REFUSED),
    )

    written = {"sms": NOON + 5 * MINUTE, "whatsapp": NOON}
    learnt = ADA.being_outside_window("whatsapp", NUMBER, NOON).having_written("whatsapp", NOON, NUMBER)
    assert await customers.read(ADA.id) == replace(learnt, last_inbound_at=written)
