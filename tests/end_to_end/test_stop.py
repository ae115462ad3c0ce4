"""A customer who answers STOP to an SMS gets no further one, as the README says."""

import pytest

from tests.platform import a_platform

ADA = "+14255550123"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def answers(platform, text):
    await platform._control("POST", "replies", {"channel": "sms", "from": ADA, "text": text})
    await platform.settled()


async def sent(platform, **route):
    message_id = await platform.post(to={"sms": ADA, "email": "ada@example.com"}, **route)
    await platform.advance(seconds=5)
    return await platform.message(message_id)


async def test_after_stop_the_attempt_fails_as_opted_out_and_after_start_the_next_arrives(platform):
    assert (await sent(platform, channels=["sms"]))["status"] == "delivered"

    await answers(platform, "STOP")
    blocked = await sent(platform, channels=["sms"])
    await answers(platform, "START")
    heard = await sent(platform, channels=["sms"])

    assert (blocked["status"], blocked["attempts"][0]["reason"]["code"]) == ("undelivered", "optedOut")
    assert heard["status"] == "delivered"
    assert len(await platform.ledger()) == 2
