"""What proves for one customer what they agreed to and what they were sent."""

import asyncio
import json

import pytest

from operations.__main__ import main
from tests.platform import a_platform

SMS, EMAIL = "+14255550123", "ada@example.com"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def report(platform, capsys, customer="customer-123"):
    status = await asyncio.to_thread(main, ["--url", platform.host.url, "report", customer])
    printed = capsys.readouterr()
    return json.loads(printed.out) if status == 0 else printed.err


async def test_it_tells_what_they_said_what_forbids_it_and_what_they_were_sent(platform, capsys):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": SMS, "email": EMAIL}})
    await platform.agrees("sms", topic="news")
    await platform.call("POST", "/api/suppressions", {"channel": "email", "address": EMAIL})
    offer = await platform.post(channels=["sms"], category="marketing", topic="news")
    await platform.advance(seconds=5)
    await platform._control("POST", "replies", {"channel": "sms", "from": SMS, "text": "STOP"})
    await platform.advance(seconds=5)
    refused = await platform.post(channels=["sms"], category="marketing", topic="news")
    await platform.advance(seconds=5)

    told = await report(platform, capsys)

    assert told["customer"]["contactPoints"] == {"sms": SMS, "email": EMAIL}
    assert told["consents"]["data"][0]["statements"][0]["source"] == "web form"
    assert "stoppedAt" in told["consents"]
    assert [(each["channel"], each["reason"]) for each in told["suppressions"]] == [
        ("sms", "stop"), ("email", "manual")
    ]  # fmt: skip
    assert {each["action"] for each in told["changes"]} == {"customer.put", "consent.put", "suppression.create"}
    by_id = {each["messageId"]: each for each in told["messages"]}
    assert (by_id[offer]["status"], by_id[offer]["topic"]) == ("delivered", "news")
    assert by_id[refused]["skipped"][0]["reason"]["code"] == "optedOut"
    assert [each["content"]["text"] for each in told["messages"] if each["direction"] == "inbound"] == ["STOP"]


async def test_a_customer_who_is_not_on_file_may_have_said_something(platform, capsys):
    await platform.agrees("email", customer_id="grace")

    told = await report(platform, capsys, "grace")

    assert (told["customer"], told["consents"]["data"][0]["allowsMarketing"]) == (None, True)


async def test_of_nobody_there_is_no_report(platform, capsys):
    assert "There is no customer with this id" in await report(platform, capsys, "nobody")
