from dataclasses import replace

import pytest

from delivery.identities import OURS
from store.addresses import Addresses
from tests.delivery.records import ADA

NUMBER = "+14255550123"


@pytest.fixture
def addresses(documents):
    return Addresses(documents)


async def conversation(addresses, channel, address):
    return (await addresses.whose(channel, address)).conversation_id


async def test_a_reply_finds_the_customer_and_the_conversation_that_were_written_to_last(addresses):
    await addresses.point("sms", NUMBER, "grace-digest", "grace", "conv-1")
    await addresses.point("sms", NUMBER, ADA.id, ADA.external_id, "conv-2")

    row = await addresses.whose("sms", "14255550123")

    assert (row.customer_id, row.external_customer_id, row.conversation_id) == (ADA.id, ADA.external_id, "conv-2")


async def test_a_customer_on_file_is_known_before_anything_was_sent(addresses):
    await addresses.introduce(ADA)

    for channel, address in ADA.contact_points.items():
        assert (await addresses.whose(channel, address)).customer_id == ADA.id
    assert await conversation(addresses, "email", "Ada@Example.com") == f"c-{ADA.id}"


async def test_to_be_put_on_file_does_not_take_a_conversation_away(addresses):
    await addresses.point("sms", NUMBER, ADA.id, ADA.external_id, "conv-2")

    await addresses.introduce(replace(ADA, id="other", external_id="somebody else"))

    assert await conversation(addresses, "sms", NUMBER) == "conv-2"


async def test_a_stranger_has_one_conversation_on_every_channel(addresses):
    stranger = await addresses.whose("sms", NUMBER)

    assert stranger.conversation_id.startswith("unknown-")
    assert stranger.customer_id == stranger.conversation_id
    assert await conversation(addresses, "whatsapp", "14255550123") == stranger.conversation_id
    assert await conversation(addresses, "sms", "+14255550124") != stranger.conversation_id


async def test_no_row_is_named_by_an_address(addresses):
    await addresses.introduce(ADA)

    for channel, address in ADA.contact_points.items():
        row = await addresses.whose(channel, address)
        assert row.id.startswith(f"addr-{channel}-")
        assert OURS.fullmatch(row.id)
        assert "1425" not in row.id
