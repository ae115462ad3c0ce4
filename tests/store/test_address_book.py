from dataclasses import replace

import pytest

from domain.customers.customer import Customer
from domain.errors import Stale
from domain.identities import OURS, digest
from store.address_rows import MOST_HOLDERS, Holder
from store.customers import Customers
from tests.domain.messages.records import ADA
from tests.stores import addresses_in

NUMBER = "+14255550123"
ROW = f"addr-sms-{digest('14255550123')}"
USER_ID = "US.13491208655302741918"


@pytest.fixture
def addresses(documents):
    return addresses_in(documents)


@pytest.fixture
def customers(documents):
    return Customers(documents)


def a_holder(name, conversation_id=None, *, is_on_file=False):
    return Holder(digest(name), name, conversation_id or f"conv-{name}", is_on_file)


def a_customer(name, **contact_points):
    return Customer(digest(name), name, contact_points=contact_points or {"sms": NUMBER})


async def put(addresses, customers, name, **contact_points):
    customer = a_customer(name, **contact_points)
    await customers.put(customer)
    await addresses.introduce(customer)


async def point(addresses, name, address=NUMBER, *, is_on_file=False):
    await addresses.point("sms", address, a_holder(name, is_on_file=is_on_file))


async def conversation(addresses, channel, address):
    return (await addresses.whose(channel, address)).conversation_id


async def names(addresses):
    """Of all owners of the number, first the one who answers from it."""
    return [each.external_customer_id for each in (await addresses.whose("sms", NUMBER)).holders]


@pytest.mark.parametrize("is_on_file", [True, False])
async def test_a_reply_finds_the_customer_and_the_conversation_that_were_written_to_last(addresses, is_on_file):
    await point(addresses, "grace", is_on_file=is_on_file)
    await point(addresses, "ada", is_on_file=is_on_file)

    assert (await addresses.whose("sms", "14255550123")).holder == a_holder("ada", is_on_file=is_on_file)
    assert await names(addresses) == ["ada", "grace"]


async def test_a_customer_on_file_is_known_before_anything_was_sent(addresses):
    await addresses.introduce(ADA)

    for channel, address in ADA.contact_points.items():
        assert (await addresses.whose(channel, address)).customer_id == ADA.id
    assert await conversation(addresses, "email", "Ada@Example.com") == f"c-{ADA.id}"


async def test_to_be_put_on_file_does_not_take_a_conversation_away_from_who_has_the_number_too(addresses, customers):
    await put(addresses, customers, "ada")
    await point(addresses, "ada")

    await put(addresses, customers, "grace")

    assert await conversation(addresses, "sms", NUMBER) == "conv-ada"
    assert await names(addresses) == ["ada", "grace"]


async def test_a_number_that_its_owner_has_no_longer_on_file_is_taken_over(addresses, customers):
    await put(addresses, customers, "ada")
    await customers.put(a_customer("ada", email="ada@example.com"))  # and then it broke off

    await put(addresses, customers, "grace")

    assert await names(addresses) == ["grace"]


async def test_a_number_of_somebody_who_was_never_on_file_with_it_is_taken_over(addresses, customers):
    await point(addresses, "ada")

    await put(addresses, customers, "grace")

    assert await names(addresses) == ["grace"]


async def test_to_be_put_on_file_with_a_number_ends_what_others_have_who_never_were(addresses, customers):
    await point(addresses, "grace")
    await point(addresses, "ada")

    await put(addresses, customers, "grace")

    assert await names(addresses) == ["grace"]
    assert await conversation(addresses, "sms", NUMBER) == "conv-grace"


async def test_a_customer_who_is_put_on_file_once_more_takes_nothing_over(addresses, customers):
    await put(addresses, customers, "grace")
    await point(addresses, "ada")

    await put(addresses, customers, "grace")

    assert await names(addresses) == ["ada", "grace"]


async def test_a_number_that_is_given_up_belongs_to_who_shares_it_and_else_to_nobody(addresses, customers, documents):
    await put(addresses, customers, "ada")
    await put(addresses, customers, "grace")

    await addresses.release(digest("ada"), [("sms", NUMBER)])
    assert await names(addresses) == ["grace"]

    for _ in range(2):
        await addresses.release(digest("grace"), [("sms", NUMBER)])
    assert await names(addresses) == []
    assert (await conversation(addresses, "sms", NUMBER)).startswith("unknown-")
    assert await documents.read("Correlations", ROW, ROW)  # never deleted


async def test_of_many_who_share_a_number_those_are_known_who_were_written_to_last(addresses):
    for number in range(MOST_HOLDERS + 5):
        await point(addresses, f"customer-{number}")

    assert len(await names(addresses)) == MOST_HOLDERS
    assert (await names(addresses))[0] == f"customer-{MOST_HOLDERS + 4}"


async def test_who_comes_to_a_number_that_very_many_share_is_known_too(addresses, customers):
    for number in range(MOST_HOLDERS + 1):
        await put(addresses, customers, f"customer-{number}")

    assert (await names(addresses))[-1] == f"customer-{MOST_HOLDERS}"


async def test_a_row_of_an_older_version_is_read_and_goes_on(addresses, customers, documents):
    old = {"id": ROW, "customerId": digest("ada"), "externalCustomerId": "ada", "conversationId": "conv-1", "schema": 1}
    await documents.create("Correlations", old)

    assert (await addresses.whose("sms", NUMBER)).holder == a_holder("ada", "conv-1")
    await customers.put(a_customer("ada"))
    await put(addresses, customers, "grace")
    assert await names(addresses) == ["ada", "grace"]
    await addresses.release(digest("ada"), [("sms", NUMBER)])
    assert await names(addresses) == ["grace"]


async def test_what_a_newer_version_keeps_in_a_row_stays_there(addresses, documents):
    await point(addresses, "ada")
    stored = await documents.read("Correlations", ROW, ROW)
    await documents.replace("Correlations", {**stored.document, "newer": {"stop": {}}}, stored.etag)

    await point(addresses, "grace")
    await addresses.release(digest("grace"), [("sms", NUMBER)])

    assert (await documents.read("Correlations", ROW, ROW)).document["newer"] == {"stop": {}}


async def test_what_somebody_writes_meanwhile_is_not_written_over(addresses, documents, monkeypatch):
    await point(addresses, "ada")
    stored = await documents.read("Correlations", ROW, ROW)
    replaced, calls = documents.replace, []

    async def after_somebody_else(container, document, etag, expires_in=None):
        calls.append(etag)
        if len(calls) == 1:
            await replaced(container, {**stored.document, "newer": {"stop": {}}}, stored.etag)
        return await replaced(container, document, etag, expires_in)

    monkeypatch.setattr(documents, "replace", after_somebody_else)
    await point(addresses, "grace")

    assert len(calls) == 2
    assert (await documents.read("Correlations", ROW, ROW)).document["newer"] == {"stop": {}}
    assert await names(addresses) == ["grace", "ada"]
    with pytest.raises(Stale):
        await replaced("Correlations", stored.document, stored.etag)


async def test_a_steady_customer_costs_one_read(addresses, customers, documents, monkeypatch):
    await put(addresses, customers, "ada")
    await point(addresses, "ada", is_on_file=True)
    for write in ("create", "replace", "upsert"):
        monkeypatch.setattr(documents, write, None)

    await point(addresses, "ada", is_on_file=True)


async def test_a_number_is_found_in_another_spelling_when_the_one_at_hand_is_not_known(addresses):
    await addresses.point("whatsapp", "+5511987651234", a_holder("ada"))
    assert await conversation(addresses, "whatsapp", "551187651234") == "conv-ada"

    await addresses.point("whatsapp", "+551187651234", a_holder("grace"))
    assert await conversation(addresses, "whatsapp", "551187651234") == "conv-grace"
    assert await conversation(addresses, "whatsapp", "5511987651234") == "conv-ada"


async def test_an_id_of_whatsapp_leads_to_whomever_the_number_belongs_to_by_then(addresses, customers):
    await put(addresses, customers, "ada", whatsapp=NUMBER)
    for _ in range(2):
        await addresses.also_known_as("whatsapp", NUMBER, USER_ID)
    assert (await addresses.whose("whatsapp", USER_ID)).external_customer_id == "ada"

    await addresses.release(digest("ada"), [("whatsapp", NUMBER)])
    assert (await addresses.whose("whatsapp", USER_ID)).holders == ()
    assert (await conversation(addresses, "whatsapp", USER_ID)).startswith("unknown-")

    await put(addresses, customers, "grace", whatsapp=NUMBER)
    assert (await addresses.whose("whatsapp", USER_ID)).external_customer_id == "grace"


async def test_a_stranger_has_one_conversation_on_every_channel(addresses):
    stranger = await addresses.whose("sms", NUMBER)

    assert stranger.conversation_id.startswith("unknown-")
    assert stranger.customer_id == stranger.conversation_id
    assert await conversation(addresses, "whatsapp", "14255550123") == stranger.conversation_id
    assert await conversation(addresses, "sms", "+14255550124") != stranger.conversation_id


async def test_no_row_is_named_by_an_address(addresses):
    await addresses.introduce(replace(ADA, external_id="ada"))

    for channel, address in ADA.contact_points.items():
        row = await addresses.whose(channel, address)
        assert row.id.startswith(f"addr-{channel}-")
        assert OURS.fullmatch(row.id)
        assert "1425" not in row.id
