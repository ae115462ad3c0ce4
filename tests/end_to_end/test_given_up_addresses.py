"""A message waits for its provider while its customer gives up the number, and somebody else gets it."""

import pytest

from tests.platform import a_platform

OLD, NEW, EMAIL = "+14255550123", "+14255550124", "ada@example.com"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def put(platform, customer, **contact_points):
    await platform.call("PUT", f"/api/customers/{customer}", {"contactPoints": contact_points})


async def waiting(platform, fault):
    """The id of a message to Ada at her old number, whose provider is in trouble."""
    await put(platform, "ada", sms=OLD, email=EMAIL)
    await platform.fault(channel="sms", fault=fault, times=10_000)
    channels = [{"channel": "sms", "timeout": "PT72H"}, "email"]
    message_id = await platform.post(customerId="ada", conversationId="conv-456", to=None, channels=channels)
    await platform.advance(hours=1)
    return message_id


async def sent(platform):
    await platform.release()
    await platform.advance(minutes=20)
    return [effect["to"] for effect in await platform.ledger()]


@pytest.mark.parametrize("fault", ["unavailable", "throttled"])
async def test_it_goes_to_the_new_number_and_never_to_who_has_the_old_one(platform, fault):
    message_id = await waiting(platform, fault)

    await put(platform, "ada", sms=NEW, email=EMAIL)
    await put(platform, "bob", sms=OLD)

    assert await sent(platform) == [NEW]
    [attempt] = (await platform.message(message_id))["attempts"]
    assert attempt["status"] == "delivered"


async def test_without_a_new_number_it_goes_on_to_the_next_channel_at_once(platform):
    message_id = await waiting(platform, "unavailable")

    await put(platform, "ada", email=EMAIL)
    await put(platform, "bob", sms=OLD)

    assert await sent(platform) == [EMAIL]
    first, second = (await platform.message(message_id))["attempts"]
    assert (first["status"], first["reason"]["code"], second["status"]) == ("failed", "noAddress", "delivered")


async def test_a_reply_from_the_new_number_goes_on_in_the_conversation_of_the_message(platform):
    await waiting(platform, "unavailable")
    await put(platform, "ada", sms=NEW, email=EMAIL)
    await put(platform, "bob", sms=OLD)
    await sent(platform)

    assert (await platform.services.addresses.whose("sms", NEW)).conversation_id == "conv-456"
    old = await platform.services.addresses.whose("sms", OLD)
    assert [holder.external_customer_id for holder in old.holders] == ["bob"]
