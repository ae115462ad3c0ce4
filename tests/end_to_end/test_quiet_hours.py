"""Quiet hours on the whole platform: held through the night, sent in the morning. It is Monday, 9:00 UTC."""

from datetime import timedelta

import pytest

from domain.clock import to_text
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

SMS, EMAIL = "+14255550123", "ada@example.com"
IN_AUCKLAND = {  # where it is 22:00
    "contactPoints": {"sms": SMS, "email": EMAIL},
    "timeZone": "Pacific/Auckland",
    "quietHours": [{"from": "21:00", "to": "08:00"}],
}
EIGHT_IN_AUCKLAND = MORNING + timedelta(hours=10)


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def put(platform, **fields):
    answer = await platform.call("PUT", "/api/customers/customer-123", {**IN_AUCKLAND, **fields})
    assert answer.status in (200, 201), answer.body
    return answer.body


async def test_a_message_at_night_is_held_and_says_until_when_and_leaves_in_the_morning(platform):
    await put(platform)
    message_id = await platform.post(channels=["sms"])
    await platform.advance(hours=9, minutes=59)

    held = await platform.message(message_id)
    assert (held["attempts"], held["held"]["reason"]["code"]) == ([], "quietHours")
    assert held["held"]["until"] == held["next"]["at"] == to_text(EIGHT_IN_AUCKLAND)
    assert (held["next"]["action"], held["next"]["because"]) == ("hold", "quietHours")
    assert await platform.ledger() == []

    await platform.advance(minutes=2)
    message = await platform.message(message_id)
    assert (message["status"], "held" in message, "next" in message) == ("delivered", False, False)
    assert (
        to_text(EIGHT_IN_AUCKLAND)
        <= message["attempts"][0]["sentAt"]
        < to_text(EIGHT_IN_AUCKLAND + timedelta(minutes=1))
    )


@pytest.mark.parametrize("urgent", [{"category": "authentication"}, {"priority": "critical"}])
@on_one_store
async def test_a_one_time_code_and_what_is_critical_come_at_any_hour(platform, urgent):
    await put(platform)

    message_id = await platform.post(channels=["sms"], **urgent)
    await platform.advance(minutes=1)

    assert (await platform.message(message_id))["status"] == "delivered"


@on_one_store
async def test_marketing_cannot_be_critical(platform):
    body = {"customerId": "a", "message": "x", "to": {"sms": SMS}, "category": "marketing", "priority": "critical"}

    answer = await platform.call("POST", "/api/messages", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "category")


@on_one_store
async def test_the_company_s_hours_hold_marketing_alone_by_the_zone_of_the_number(tmp_path, monkeypatch):
    monkeypatch.setenv("QUIET_HOURS", "21:00-08:00")
    async with a_platform(tmp_path) as platform:
        to = {"sms": "+14255550123"}  # of Washington State, where it is one in the morning
        parcel = await platform.post(to=to, channels=["sms"])
        await platform.agrees("sms")
        offer = await platform.post(to=to, channels=["sms"], category="marketing")
        await platform.advance(hours=6)

        assert (await platform.message(parcel))["status"] == "delivered"
        assert (await platform.message(offer))["held"]["until"] == "2027-03-01T16:00:00.000000Z"
        await platform.advance(hours=2)
        assert (await platform.message(offer))["status"] == "delivered"


async def test_what_began_in_the_evening_times_out_at_night_and_falls_back_in_the_morning(platform):
    await put(platform, contactPoints={"sms": "+14255550102", "email": EMAIL}, timeZone="Europe/Vienna",
              quietHours=[{"from": "10:05", "to": "20:00"}])  # fmt: skip  # quiet in five minutes
    message_id = await platform.post(channels=["sms", "email"])
    await platform.advance(hours=1)

    waiting = await platform.message(message_id)
    assert [attempt["status"] for attempt in waiting["attempts"]] == ["timedOut"]
    assert waiting["held"]["reason"]["code"] == "quietHours"

    await platform.advance(hours=9, minutes=1)
    message = await platform.message(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "email")


@on_one_store
async def test_a_long_weekend_does_not_use_up_the_default_deadline_but_an_expiry_counts(platform):
    await put(platform, quietHours=[{"from": "00:00", "to": "23:59", "days": ["mon", "tue", "wed", "thu"]}])
    patient = await platform.post(channels=["sms"], priority="low")
    hasty = await platform.post(channels=["sms"], expiresAt=to_text(MORNING + timedelta(minutes=30)))
    await platform.advance(days=4)

    assert (await platform.message(hasty))["status"] == "expired"
    assert (await platform.message(patient))["status"] == "delivered"


@on_one_store
async def test_quiet_hours_are_shown_as_they_were_put_and_can_be_put_back(platform):
    shown = await put(platform, quietHours=[{"from": "22:00", "to": "07:30", "days": ["sat", "sun"]}])

    assert shown["quietHours"] == [{"from": "22:00", "to": "07:30", "days": ["sat", "sun"]}]
    again = {name: value for name, value in shown.items() if name not in ("customerId", "customerKey")}
    assert (await platform.call("PUT", "/api/customers/customer-123", again)).body == shown


@pytest.mark.parametrize(
    ("hours", "at_fault"),
    [
        ([{"from": "25:00", "to": "08:00"}], "quietHours[0].from"),
        ([{"from": "21:00"}], "quietHours[0].to"),
        ([{"from": "21:00", "to": "08:00", "days": []}], "quietHours"),
        ([{"from": "21:00", "to": "08:00", "days": ["someday"]}], "quietHours[0].days[0]"),
        ([{"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "00:00"}], "quietHours"),
        ([{"from": "21:00", "to": "08:00"}] * 15, "quietHours"),
    ],
)
@on_one_store
async def test_hours_that_make_no_sense_change_nothing(platform, hours, at_fault):
    answer = await platform.call("PUT", "/api/customers/customer-123", {**IN_AUCKLAND, "quietHours": hours})

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)
    assert (await platform.call("GET", "/api/customers/customer-123")).status == 404


@on_one_store
async def test_a_message_tells_what_happens_next(platform):
    scheduled = await platform.post(to={"sms": SMS}, channels=["sms"], sendAt=to_text(MORNING + timedelta(hours=1)))
    silent = await platform.post(to={"sms": "+14255550102"}, channels=["sms"])
    await platform.settled()

    def shown(following):
        return (following["action"], following["because"], following.get("channel"), following["at"])

    assert shown((await platform.message(scheduled))["next"]) == (
        "send", "sendAt", None, to_text(MORNING + timedelta(hours=1))
    )  # fmt: skip
    action, because, channel, at = shown((await platform.message(silent))["next"])
    assert (action, because, channel) == ("wait", "noReportYet", "sms")
    assert to_text(MORNING + timedelta(minutes=10)) <= at < to_text(MORNING + timedelta(minutes=11))


@on_one_store
async def test_a_time_to_send_that_has_just_passed_counts_as_now(platform):
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"], sendAt=to_text(MORNING - timedelta(minutes=4)))
    await platform.advance(minutes=1)
    assert (await platform.message(message_id))["status"] == "delivered"

    body = {"customerId": "a", "message": "x", "to": {"sms": SMS}, "sendAt": to_text(MORNING - timedelta(minutes=6))}
    assert (await platform.call("POST", "/api/messages", body)).status == 400


async def test_marketing_waits_for_the_hours_that_a_customer_prefers_and_a_parcel_does_not(platform):
    """It is 9:00 on a Monday."""
    wanted = {"contactPoints": {"sms": SMS}, "timeZone": "UTC", "preferredHours": [{"from": "18:00", "to": "20:00"}]}
    assert (await platform.call("PUT", "/api/customers/customer-123", wanted)).body["preferredHours"][0][
        "from"
    ] == "18:00"
    await platform.agrees("sms")
    offer = await platform.post(channels=["sms"], category="marketing")
    parcel = await platform.post(channels=["sms"])
    await platform.advance(hours=8, minutes=59)

    assert (await platform.message(offer))["held"]["reason"]["code"] == "quietHours"
    assert (await platform.message(parcel))["status"] == "delivered"
    await platform.advance(minutes=2)
    assert (await platform.message(offer))["status"] == "delivered"


@on_one_store
async def test_preferred_hours_that_are_all_quiet_are_refused(platform):
    body = {"quietHours": [{"from": "18:00", "to": "20:00"}], "preferredHours": [{"from": "18:30", "to": "19:00"}]}

    answer = await platform.call("PUT", "/api/customers/customer-123", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "preferredHours")
