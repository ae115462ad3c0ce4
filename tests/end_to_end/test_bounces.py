"""An email that its mail server took, and sent back later."""

import pytest

from tests.platform import a_platform

TO = {"email": "ada@example.com", "sms": "+14255550123"}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def bounces(platform):
    """A minute after it was delivered, the one email of the ledger comes back."""
    await platform.advance(minutes=1)
    [email] = [effect for effect in await platform.ledger() if effect["channel"] == "email"]
    await platform.report("email", "Bounced", attemptId=email["attemptId"])
    await platform.settled()


async def test_an_email_that_comes_back_while_it_waits_to_be_read_is_followed_by_an_sms(platform):
    message_id = await platform.post(to=TO, channels=[{"channel": "email", "confirm": "read"}, "sms"])

    await bounces(platform)
    await platform.advance(minutes=2)  # a report that the store has failed is brought again

    message = await platform.message(message_id)
    email, sms = message["attempts"]
    assert (message["status"], message["channel"], sms["status"]) == ("delivered", "sms", "delivered")
    assert (email["status"], email["reason"]["code"], email["duplicate"]) == ("bounced", "bounced", False)
    assert email["deliveredAt"] < email["bouncedAt"]


async def test_an_email_that_comes_back_after_the_end_is_told_and_announced_and_nothing_more_is_sent(platform):
    message_id = await platform.post(to=TO, channels=["email", "sms"])

    await bounces(platform)
    await platform.advance(minutes=20)

    message = await platform.message(message_id)
    [email] = message["attempts"]
    assert (message["status"], message["channel"]) == ("bounced", "email")
    assert (email["status"], email["reason"]["code"]) == ("bounced", "bounced")
    assert [event["data"]["status"] for event in await platform.published(message_id)][-2:] == ["delivered", "bounced"]
    assert len(await platform.ledger()) == 1
    answer = await platform.call("GET", "/api/customers/customer-123/conversations")
    assert answer.body["conversations"][0]["last"]["status"] == "bounced"
