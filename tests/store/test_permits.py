"""STOP against a beginning attempt: a permit, or the acknowledgement of the STOP, never the wrong way round."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from domain.customers.consent import Statement
from domain.customers.suppression import started, stopped
from domain.errors import Stale
from domain.messages.attempt import Reason
from store.address_rows import Holder
from store.customers import Customers
from tests.domain.messages.records import a_message
from tests.intercepted import Intercepted
from tests.stores import CHOSEN, addresses_in

NUMBER, NOON = "+14255550123", datetime(2027, 3, 1, 12, tzinfo=UTC)
BRAZILIAN, OTHER_SPELLING = "+5511987651234", "+551187651234"


@pytest.fixture
def addresses(documents):
    return addresses_in(documents)


def after(minutes):
    return NOON + timedelta(minutes=minutes)


async def stop(addresses, at=NOON, number=NUMBER, channel="sms"):
    return await addresses.learn(channel, [number], *stopped(at, "reply"))


async def start(addresses, at, number=NUMBER):
    return await addresses.learn("sms", [number], *started(at))


def watching(documents):
    """Who has written, task by task, and the store that tells it. Each operation lets others go first."""
    written: list[str] = []

    async def around(name, call):
        await asyncio.sleep(0)
        result = await call()
        if name in ("replace", "create"):
            task = asyncio.current_task()
            written.append(task.get_name() if task else "")
        await asyncio.sleep(0)
        return result

    return written, Intercepted(documents, around)


async def is_permitted(addresses, channel, number, seen=None, category="transactional"):
    return await addresses.permit(channel, number, a_message(category=category), seen) is None


async def test_nobody_who_said_stop_has_a_permit_until_they_say_start(addresses):
    assert await is_permitted(addresses, "sms", NUMBER)

    await stop(addresses)
    assert not await is_permitted(addresses, "sms", NUMBER)
    assert await is_permitted(addresses, "whatsapp", NUMBER)  # another channel, another word

    await start(addresses, after(1))
    assert await is_permitted(addresses, "sms", NUMBER)


async def test_stop_counts_for_a_number_that_was_never_written_to_and_for_all_its_spellings(addresses):
    await stop(addresses, number=OTHER_SPELLING)

    assert not await is_permitted(addresses, "sms", BRAZILIAN)
    assert not await is_permitted(addresses, "sms", OTHER_SPELLING)


async def test_stop_under_whatsapps_own_id_of_a_person_counts_for_their_number(addresses):
    await addresses.also_known_as("whatsapp", NUMBER, "US.1349")

    await stop(addresses, number="US.1349", channel="whatsapp")

    assert not await is_permitted(addresses, "whatsapp", NUMBER)


async def test_everybody_who_has_the_address_is_told(addresses):
    for name in ("ada", "grace"):
        await addresses.point("sms", NUMBER, Holder(name, name, f"c-{name}"))

    assert set(await stop(addresses)) == {"ada", "grace"}


async def test_stop_and_start_in_any_order_doubled_and_replayed_give_one_state(documents):
    words = [(stop, after(1)), (start, after(2)), (stop, after(3)), (start, after(4)), (stop, after(0))]
    for number, order in enumerate(permutations(words)):
        addresses, phone = addresses_in(documents), f"+1425555{number:04}"
        for said, at in (*order, *order[:2]):
            await said(addresses, at, phone)
        assert await is_permitted(addresses, "sms", phone), order  # START was the last word, whenever each was heard
        await stop(addresses, after(4), phone)
        assert not await is_permitted(addresses, "sms", phone)  # of two at the same time it is STOP
        if number >= 30:
            break


async def test_a_row_seen_before_the_stop_gives_no_permit(addresses):
    seen = await addresses.point("sms", NUMBER, Holder("ada", "ada", "c-ada"))

    await stop(addresses)

    assert not await is_permitted(addresses, "sms", NUMBER, seen)


async def test_a_row_seen_before_the_start_does_not_refuse(addresses):
    await stop(addresses)
    seen = await addresses.point("sms", NUMBER, Holder("ada", "ada", "c-ada"))

    await start(addresses, after(1))

    assert await is_permitted(addresses, "sms", NUMBER, seen)


async def test_of_a_thousand_races_no_permit_is_taken_after_the_acknowledgement(documents):
    """The order of writes decides: a permit that is had was written before the STOP. Cosmos DB answers two writes in
    another order perhaps than it made them.
    """
    written, watched = watching(documents)
    is_in_order = type(documents).__name__ == "SqliteDocuments"

    async def race(number):
        addresses, phone = addresses_in(watched), f"+1206{number:07}"
        if number % 2:
            await addresses.point("sms", phone, Holder("ada", "ada", "c-ada"))
        permit = asyncio.create_task(is_permitted(addresses, "sms", phone), name=f"permit {number}")
        if number % 3:
            await asyncio.sleep(0)
        stopping = asyncio.create_task(stop(addresses, number=phone), name=f"stop {number}")
        await asyncio.gather(permit, stopping)
        if permit.result() and is_in_order:
            last_permit = max(place for place, name in enumerate(written) if name == f"permit {number}")
            assert last_permit < written.index(f"stop {number}"), number
        assert not await is_permitted(addresses, "sms", phone)

    rounds = 1000 if is_in_order or CHOSEN == "cosmos" else 100  # all of them where Cosmos DB is what is tested
    for first in range(0, rounds, 10):  # side by side, each about a number of its own
        await asyncio.gather(*map(race, range(first, first + 10)))


async def test_what_a_newer_version_keeps_in_the_row_stays_there(documents):
    addresses = addresses_in(documents)
    entry = await addresses.point("sms", NUMBER, Holder("ada", "ada", "c-ada"))
    await documents.replace("Correlations", {**entry.document, "newer": 1}, entry.etag)

    assert await is_permitted(addresses, "sms", NUMBER)
    await stop(addresses)

    stored = await documents.read("Correlations", entry.row.id, entry.row.id)
    assert stored.document["newer"] == 1
    with pytest.raises(Stale):
        await documents.replace("Correlations", entry.document, entry.etag)


async def test_of_a_thousand_races_no_marketing_is_permitted_after_the_withdrawal_is_answered(documents):
    """The customer's document decides: a permit that is had was written before the withdrawal."""
    written, watched = watching(documents)

    def check(customer):
        return customer if customer.has_agreed("sms", "news") else Reason("optedOut", "They want none.")

    def said(kind, minute):
        return Statement(kind, after(minute), "web form", "ada", after(minute))

    is_in_order = type(documents).__name__ == "SqliteDocuments"
    rounds = 1000 if is_in_order else 200 if CHOSEN == "cosmos" else 50
    customers = Customers(watched)
    for number in range(rounds):
        name = f"customer-{number}"
        await customers.stated(name, name, "sms", "news", said("granted", 0))
        written.clear()
        permit = asyncio.create_task(customers.permit(name, check), name="permit")
        for _ in range(number % 5):
            await asyncio.sleep(0)
        withdrawing = asyncio.create_task(customers.stated(name, name, "sms", "news", said("withdrawn", 1)), name="no")
        await asyncio.gather(permit, withdrawing)
        if permit.result() is None and is_in_order:
            assert written.index("permit") < written.index("no"), number
        assert await customers.permit(name, check)
