"""A customer who answers STOP is not written to from then on, whatever is under way."""

from datetime import timedelta

import pytest

from domain import clock
from domain.clock import to_text
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
ADA, SILENT = "+14255550123", "+14255550102"
EMAIL = "ada@example.com"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def says(platform, text, sender=ADA, channel="sms"):
    await platform._control("POST", "replies", {"channel": channel, "from": sender, "text": text})
    await platform.settled()


async def sent(platform, to=None, **fields):
    message_id = await platform.post(to=to or {"sms": ADA, "email": EMAIL}, **fields)
    await platform.advance(seconds=5)
    return await platform.message(message_id)


def reasons(message):
    return [attempt["reason"]["code"] for attempt in message["attempts"] if "reason" in attempt]


def is_refused(message):
    return (message["status"], message["attempts"], skips(message)) == ("notSent", [], ["optedOut"])


def skips(message):
    return [skip["reason"]["code"] for skip in message["skipped"]]


async def test_after_stop_no_provider_is_called_and_after_start_the_next_arrives(platform):
    assert (await sent(platform, channels=["sms"]))["status"] == "delivered"

    await says(platform, "Stop.")
    blocked = await sent(platform, channels=["sms"])
    assert is_refused(blocked)
    assert "wrote STOP from this address, 2027-03-01T09:00:0" in blocked["skipped"][0]["reason"]["detail"]
    assert len(await platform.ledger()) == 1

    await platform.advance(seconds=1)
    await says(platform, "START")
    assert (await sent(platform, channels=["sms"]))["status"] == "delivered"


async def test_a_transactional_message_goes_on_by_another_channel_and_marketing_by_none(platform):
    await platform.agrees("sms", "email")
    await sent(platform, channels=["sms"])
    await says(platform, "STOP")

    parcel = await sent(platform, channels=["sms", "email"])
    offer = await sent(platform, channels=["email", "sms"], category="marketing")

    assert (parcel["status"], parcel["channel"]) == ("delivered", "email")
    assert (offer["status"], offer["attempts"]) == ("notSent", [])
    assert skips(offer) == ["optedOut", "optedOut"]


async def test_stop_in_the_middle_of_a_marketing_plan_ends_it(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": SILENT, "email": EMAIL}})
    await platform.agrees("sms", "email")
    message_id = await platform.post(channels=["sms", "email"], category="marketing")
    await platform.advance(minutes=5)

    await says(platform, "STOP", SILENT)
    await platform.advance(minutes=10)

    message = await platform.message(message_id)
    assert (message["status"], message["skipped"][0]["channel"]) == ("undelivered", "email")
    assert [effect["channel"] for effect in await platform.ledger()] == ["sms"]


async def test_a_planned_message_does_not_leave_after_stop(platform):
    await sent(platform, channels=["sms"])
    planned = await platform.post(to={"sms": ADA}, channels=["sms"], sendAt=to_text(MORNING + timedelta(hours=1)))

    await says(platform, "STOP")
    await platform.advance(hours=2)

    assert is_refused(await platform.message(planned))
    assert len(await platform.ledger()) == 1


async def test_a_repetition_does_not_leave_after_stop(platform):
    """The provider was asked twice, and said that it could not now. Before the third time the customer says STOP."""
    message_id = await platform.post(to={"sms": "+14255550105"}, channels=["sms"])  # 429 twice, a second each
    await platform.settled()

    await says(platform, "STOP", "+14255550105")
    await platform.advance(minutes=1)

    assert await platform.ledger() == []
    message = await platform.message(message_id)
    assert (message["status"], reasons(message)) == ("undelivered", ["optedOut"])


async def test_where_an_earlier_call_may_have_left_the_attempt_stays_unknown_until_its_time_is_over(platform):
    await platform.fault(channel="sms", fault="dropped")
    message_id = await platform.post(to={"sms": SILENT, "email": EMAIL}, channels=["sms", "email"])
    await platform.settled()

    await says(platform, "STOP", SILENT)
    await platform.advance(minutes=5)
    waiting = await platform.message(message_id)
    assert (waiting["attempts"][0]["status"], len(waiting["attempts"])) == ("unknown", 1)

    await platform.advance(minutes=6)
    message = await platform.message(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "email")
    assert [effect["channel"] for effect in await platform.ledger()] == ["sms", "email"]


async def test_with_one_phone_for_two_stop_holds_for_both(platform):
    for name in ("ada", "grace"):
        await platform.call("PUT", f"/api/customers/{name}", {"contactPoints": {"sms": ADA, "email": EMAIL}})
        await platform.agrees("email", customer_id=name)

    await says(platform, "STOP")

    for name in ("ada", "grace"):
        message_id = await platform.post(to={}, customerId=name, channels=["sms"])
        offer = await platform.post(to={}, customerId=name, channels=["email"], category="marketing")
        await platform.advance(seconds=5)
        assert is_refused(await platform.message(message_id))
        assert skips(await platform.message(offer)) == ["optedOut"]


@on_one_store
async def test_putting_the_customer_on_file_again_does_not_lift_a_stop(platform):
    on_file = {"contactPoints": {"sms": ADA, "email": EMAIL}}
    await platform.agrees("email")
    await platform.call("PUT", "/api/customers/customer-123", on_file)
    await says(platform, "STOP")

    shown = (await platform.call("GET", "/api/customers/customer-123")).body
    again = {name: value for name, value in shown.items() if name not in ("customerId", "customerKey")}
    await platform.call("PUT", "/api/customers/customer-123", {})
    await platform.call("PUT", "/api/customers/customer-123", again)

    message_id, offer = (
        await platform.post(to={}, channels=["sms"]),
        await platform.post(to={}, channels=["email"], category="marketing"),
    )
    await platform.advance(seconds=5)
    assert is_refused(await platform.message(message_id))
    assert skips(await platform.message(offer)) == ["optedOut"]


@on_one_store
async def test_stop_by_whatsapp_counts_under_every_spelling(platform):
    mobile, without_nine = "+5511987651234", "+551187651234"
    await sent(platform, to={"whatsapp": mobile}, channels=["whatsapp"])

    await says(platform, "Parar", without_nine, "whatsapp")

    blocked = await sent(platform, to={"whatsapp": mobile}, channels=["whatsapp"])
    assert is_refused(blocked)


@on_one_store
async def test_who_stops_by_without_saying_stop_is_written_to(platform):
    await says(platform, "I'll stop by at noon")

    assert (await sent(platform, channels=["sms"]))["status"] == "delivered"


@on_one_store
async def test_a_stop_that_another_system_received_counts_like_one_that_came_to_us(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": ADA, "email": EMAIL}})
    await platform.agrees("email")

    await another_system_received(platform, "STOP", "sms")
    message_id = await platform.post(to={}, channels=["sms"])
    offer = await platform.post(to={}, channels=["email"], category="marketing")
    await platform.advance(seconds=5)
    assert is_refused(await platform.message(message_id))
    assert skips(await platform.message(offer)) == ["optedOut"]

    await another_system_received(platform, "START", "sms")
    assert (await sent(platform, channels=["sms"]))["status"] == "delivered"


@on_one_store
async def test_a_word_in_a_chat_that_landfall_does_not_send_on_stops_nothing(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": ADA}})
    await platform.agrees("sms")

    await another_system_received(platform, "end", "webchat")

    assert (await sent(platform, channels=["sms"], category="marketing"))["status"] == "delivered"


async def another_system_received(platform, text, channel):
    data = {"messageId": f"shop-{text}", "customerId": "customer-123", "channel": channel, "content": text}
    event = {
        "id": f"shop-{text}",
        "eventType": "Microsoft.Communication.MessageReceived",
        "subject": "shop",
        "eventTime": to_text(clock.now()),
        "dataVersion": "1.0",
        "topic": "/subscriptions/0000/resourceGroups/rg/providers/Microsoft.EventGrid/topics/landfall",
        "data": data,
    }
    assert (await platform.call("POST", WEBHOOK, [event])).status == 202
    await platform.advance(seconds=1)


async def test_where_stop_cannot_be_recorded_it_is_not_acknowledged_and_counts_in_the_end(platform, monkeypatch):
    from domain.errors import StoreUnavailable
    from store.address_book import Addresses

    learn, refusals = Addresses.learn, [StoreUnavailable("away")] * 3

    async def away(*told):
        if refusals:
            raise refusals.pop()
        return await learn(*told)

    monkeypatch.setattr(Addresses, "learn", away)
    monkeypatch.setattr("triggers.events.while_event_grid_waits.FIRST_PAUSE_SECONDS", 0.01)
    await says(platform, "STOP")
    await platform.advance(minutes=2)

    assert refusals == []
    assert is_refused(await sent(platform, channels=["sms"]))
