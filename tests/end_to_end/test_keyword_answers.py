"""What customers are answered who write STOP, START or HELP, and what happens to a text that may mean STOP."""

import json

import pytest

from tests.platform import a_platform
from tests.stores import on_one_store

NUMBER, EMAIL = "+14255550123", "ada@example.com"
ANSWERS = {
    "stop": {"en": "You get no more messages.", "de": "Sie erhalten nichts mehr."},
    "help": {"en": "Call 555-0100."},
}


@pytest.fixture
async def platform(tmp_path, monkeypatch):
    monkeypatch.setenv("KEYWORD_ANSWERS", json.dumps(ANSWERS))
    async with a_platform(tmp_path) as platform:
        yield platform


async def says(platform, text, channel="whatsapp"):
    await platform._control("POST", "replies", {"channel": channel, "from": NUMBER, "text": text})
    await platform.settled()
    await platform.advance(seconds=1)


async def known(platform, channel="whatsapp", **fields):
    body = {"contactPoints": {channel: NUMBER, "email": EMAIL}, **fields}
    await platform.call("PUT", "/api/customers/customer-123", body)


async def texts(platform):
    return [effect["content"].get("text") or effect["content"].get("message") for effect in await platform.ledger()]


async def sent(platform, channel="whatsapp", **fields):
    message_id = await platform.post(channels=[channel], **fields)
    await platform.advance(seconds=1)
    return await platform.message(message_id)


async def test_a_stop_is_confirmed_once_and_then_nothing_leaves(platform):
    await known(platform, locale="de-AT")

    await says(platform, "STOP")

    assert await texts(platform) == [ANSWERS["stop"]["de"]]
    assert (await sent(platform))["status"] == "notSent"
    await says(platform, "STOP")  # once more within the hour
    assert len(await platform.ledger()) == 1


async def test_help_is_answered_also_to_a_toll_free_number_and_stops_nothing(platform):
    await known(platform, "sms")

    await says(platform, "HELP", "sms")

    assert await texts(platform) == [ANSWERS["help"]["en"]]
    assert (await sent(platform, "sms"))["status"] == "delivered"


@on_one_store
async def test_where_the_carrier_confirms_a_stop_we_do_not(platform):
    await known(platform, "sms")

    await says(platform, "STOP", "sms")

    assert await platform.ledger() == []


@on_one_store
async def test_a_confirmation_that_would_come_late_does_not_leave(platform):
    await known(platform)
    await platform.call("POST", "/api/sending/pause", {"reason": "a drill", "channel": "whatsapp"})
    await says(platform, "STOP")
    await platform.advance(minutes=6)
    await platform.call("POST", "/api/sending/resume", {"channel": "whatsapp"})
    await platform.advance(minutes=2)

    assert await platform.ledger() == []


@on_one_store
async def test_a_stranger_is_answered_nothing(platform):
    await says(platform, "STOP")

    assert await platform.ledger() == []


async def test_marketing_waits_until_a_person_has_read_what_may_mean_stop(platform):
    await known(platform)
    await platform.agrees("email")
    await platform.advance(seconds=1)
    await says(platform, "please stop sending me this")

    offer = await sent(platform, "email", category="marketing")
    assert (offer["status"], offer["held"]["reason"]["code"]) == ("accepted", "mayBeStop")
    assert (await sent(platform, "email"))["status"] == "delivered"
    [conversation] = (await platform.call("GET", "/api/customers/customer-123/conversations")).body["conversations"]
    url = f"/api/conversations/{conversation['conversationId']}/messages"
    [reply] = [it for it in (await platform.call("GET", url)).body["messages"] if it["direction"] == "inbound"]
    assert reply["mayBeStop"] is True

    await platform.agrees("email")  # it was a misunderstanding, as they told us
    await platform.advance(hours=1, minutes=1)
    assert (await platform.message(offer["messageId"]))["status"] == "delivered"


async def test_meant_as_stop_it_ends_what_was_held(platform):
    await known(platform)
    await platform.agrees("email")
    await platform.advance(seconds=1)
    await says(platform, "please stop sending me this")
    offer = await sent(platform, "email", category="marketing")

    said = {"state": "withdrawn", "evidence": {"source": "reply"}}
    await platform.call("PUT", "/api/customers/customer-123/consents/email/all", said)
    await platform.advance(hours=1, minutes=1)

    message = await platform.message(offer["messageId"])
    assert (message["status"], message["skipped"][0]["reason"]["code"]) == ("notSent", "optedOut")


async def test_a_repetition_waits_too_until_a_person_has_read_it(platform):
    throttled = "+14255550105"
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"whatsapp": throttled}})
    await platform.agrees("whatsapp")
    offer = await platform.post(channels=["whatsapp"], category="marketing")
    await platform.settled()
    await platform._control("POST", "replies", {"channel": "whatsapp", "from": throttled, "text": "please stop"})
    await platform.advance(minutes=5)

    assert await platform.ledger() == []
    assert (await platform.message(offer))["status"] == "sending"
