"""Addresses that must not be written to: what suppresses them, what people see of it, and what lifts it."""

from datetime import timedelta

import pytest

from domain.clock import to_text
from tests.end_to_end.callers import SETUP, as_, key_for
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

SMS, EMAIL = "+14255550123", "ada@example.com"
SILENT, SILENT_EMAIL = "+14255550102", "silent@example.com"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def sent(platform, channel, address, **fields):
    message_id = await platform.post(to={channel: address}, channels=[channel], **fields)
    await platform.advance(minutes=1)
    return await platform.message(message_id)


async def reported(platform, channel, address, status, reason=None, **fields):
    """A message that its provider reports as this."""
    message_id = await platform.post(to={channel: address}, channels=[channel], **fields)
    await platform.advance(seconds=1)
    [attempt] = (await platform.message(message_id))["attempts"]
    told = {"providerMessageId": attempt["providerMessageId"], "channel": channel, "status": status, "reason": reason}
    await platform._control("POST", "receipts", {name: each for name, each in told.items() if each})
    await platform.advance(seconds=1)
    return await platform.message(message_id)


async def suppress(platform, channel=None, address=None, **fields):
    body = {"channel": channel or "sms", "address": address or SMS, **fields}
    return await platform.call("POST", "/api/suppressions", body)


async def lift(platform, reason, channel="sms", address=SMS):
    body = {"channel": channel, "address": address, "reason": reason, "note": "they asked for it"}
    return await platform.call("POST", "/api/suppressions/lift", body)


def refusals(message):
    return [skip["reason"]["code"] for skip in message["skipped"]]


async def test_an_address_that_bounced_is_not_written_to_again_for_half_a_year(platform):
    first = await reported(platform, "email", SILENT_EMAIL, "Bounced")
    assert first["attempts"][0]["reason"]["code"] == "bounced"

    second = await sent(platform, "email", SILENT_EMAIL)

    assert (second["status"], refusals(second), second["attempts"]) == ("notSent", ["suppressed"], [])
    assert len(await platform.ledger()) == 1
    [listed] = (await platform.call("GET", "/api/suppressions")).body["data"]
    assert (listed["channel"], listed["address"], listed["reason"], listed["isOver"]) == (
        "email", SILENT_EMAIL, "hardBounce", False
    )  # fmt: skip
    await platform.advance(days=181)
    assert len((await sent(platform, "email", SILENT_EMAIL))["attempts"]) == 1


async def test_who_told_the_carrier_to_stop_is_not_written_to_until_they_write_start(platform):
    first = await reported(platform, "sms", SILENT, "Failed", "4007: Sender blocked for given recipient.")
    assert first["attempts"][0]["reason"]["code"] == "optedOut"

    assert refusals(await sent(platform, "sms", SILENT)) == ["optedOut"]
    await platform._control("POST", "replies", {"channel": "sms", "from": SILENT, "text": "START"})
    await platform.settled()

    assert len((await sent(platform, "sms", SILENT))["attempts"]) == 1


async def test_who_stopped_our_marketing_in_whatsapp_still_gets_their_parcel_notice(platform):
    await platform.agrees("whatsapp")
    await reported(platform, "whatsapp", SILENT, "Failed", "131050", category="marketing")

    assert refusals(await sent(platform, "whatsapp", SILENT, category="marketing")) == ["optedOut"]
    assert len((await sent(platform, "whatsapp", SILENT))["attempts"]) == 1


@on_one_store
async def test_a_bounce_that_expires_does_not_lift_a_stop(platform):
    await reported(platform, "email", SILENT_EMAIL, "Bounced")
    await suppress(platform, "email", SILENT_EMAIL, reason="stop")
    await platform.advance(days=181)

    assert refusals(await sent(platform, "email", SILENT_EMAIL)) == ["optedOut"]


async def test_a_repetition_to_an_address_that_is_suppressed_by_now_is_refused_once(platform):
    """Their number was throttled, and they have another one by now, which is on the list."""
    await suppress(platform)
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": "+14255550105"}})
    message_id = await platform.post(channels=["sms"])
    await platform.settled()
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": SMS}})
    await platform.advance(minutes=1)

    message = await platform.message(message_id)
    assert (message["status"], [it["reason"]["code"] for it in message["attempts"]]) == ("undelivered", ["suppressed"])
    assert await platform.ledger() == []


async def test_whoever_is_put_on_the_list_gets_nothing_until_it_is_lifted(platform):
    assert (await suppress(platform, note="their lawyer wrote")).status == 201
    assert refusals(await sent(platform, "sms", SMS, category="authentication")) == ["suppressed"]

    answer = await lift(platform, "manual")

    assert (answer.status, answer.body["data"][0]["isOver"]) == (200, True)
    assert (await sent(platform, "sms", SMS))["status"] == "delivered"


async def test_one_that_ends_by_itself_or_counts_for_one_category_does_no_more(platform):
    await suppress(platform, categories=["authentication"], until=to_text(MORNING + timedelta(hours=1)))

    assert (await sent(platform, "sms", SMS))["status"] == "delivered"
    assert (await sent(platform, "sms", SMS, category="authentication"))["status"] == "notSent"
    await platform.advance(hours=1)
    assert (await sent(platform, "sms", SMS, category="authentication"))["status"] == "delivered"


async def test_one_that_is_narrower_or_shorter_takes_nothing_from_the_one_in_force(platform):
    await suppress(platform)
    await suppress(platform, categories=["authentication"], until=to_text(MORNING + timedelta(minutes=2)))
    await platform.advance(minutes=5)

    assert refusals(await sent(platform, "sms", SMS)) == ["suppressed"]


async def test_lifting_one_reason_leaves_the_others(platform):
    await suppress(platform, reason="complaint")
    await suppress(platform, reason="stop")
    await platform.advance(seconds=1)

    await lift(platform, "complaint")

    assert refusals(await sent(platform, "sms", SMS)) == ["optedOut"]
    await lift(platform, "stop")
    assert (await sent(platform, "sms", SMS))["status"] == "delivered"


@on_one_store
async def test_what_does_not_hold_cannot_be_lifted(platform):
    answer = await lift(platform, "complaint")

    assert (answer.status, answer.body["type"]) == (404, "/api/docs/errors#suppressionNotFound")


@on_one_store
async def test_the_list_tells_all_channels_the_latest_first_page_by_page(platform):
    for number in range(3):
        await suppress(platform, "sms", f"+1425556100{number}")
        await suppress(platform, "email", f"person-{number}@example.com")
        await platform.advance(seconds=1)

    pages, after = [], ""
    while True:
        page = (await platform.call("GET", f"/api/suppressions?limit=2{after}")).body
        pages.append([each["address"] for each in page["data"]])
        if "next" not in page:
            break
        after = f"&after={page['next']}"

    assert [address for page in pages for address in page] == [
        "+14255561002", "+14255561001", "+14255561000", "person-2@example.com", "person-1@example.com",
        "person-0@example.com",
    ]  # fmt: skip
    of_sms = (await platform.call("GET", "/api/suppressions?channel=sms")).body
    assert ([each["channel"] for each in of_sms["data"]], "next" in of_sms) == (["sms"] * 3, False)
    for query, at_fault in (("channel=pigeon", "channel"), ("after=x", "after"), ("chanel=sms", "chanel")):
        wrong = await platform.call("GET", f"/api/suppressions?{query}")
        assert (wrong.status, wrong.body["errors"][0]["field"]) == (400, at_fault)


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({"channel": "sms"}, "address"),
        ({"channel": "sms", "address": EMAIL}, "address"),
        ({"channel": "email", "address": SMS}, "address"),
        ({"channel": "pigeon", "address": SMS}, "channel"),
        ({"channel": "sms", "address": SMS, "reason": "dislike"}, "reason"),
        ({"channel": "sms", "address": SMS, "at": "2027-03-01T10:00:00Z"}, "at"),
        ({"channel": "sms", "address": SMS, "until": "2027-02-01T10:00:00Z"}, "until"),
        ({"channel": "sms", "address": SMS, "categories": ["news"]}, "categories[0]"),
        ({"channel": "sms", "address": SMS, "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"channel": "sms", "address": SMS, "reason": "stop", "categories": ["marketing"]}, "categories"),
        ({"channel": "sms", "address": SMS, "reason": "carrier", "until": "2027-04-01T00:00:00Z"}, "until"),
    ],
)
@on_one_store
async def test_a_suppression_that_makes_no_sense_suppresses_nothing(platform, body, at_fault):
    answer = await platform.call("POST", "/api/suppressions", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)
    assert (await platform.call("GET", "/api/suppressions")).body["data"] == []


@on_one_store
async def test_one_address_can_be_asked_for_without_naming_it_in_a_url(platform):
    await suppress(platform, "email", "Ada@Example.com", reason="complaint", at="2026-01-01T00:00:00Z")

    found = (await platform.call("POST", "/api/suppressions/find", {"channel": "email", "address": EMAIL})).body

    assert [(each["reason"], each["at"], each["source"]) for each in found["data"]] == [
        ("complaint", "2026-01-01T00:00:00.000000Z", "function-key")
    ]


@on_one_store
async def test_lifting_takes_a_role_and_is_in_the_audit_without_the_address(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        operator, reader = await key_for(platform, "operator"), await key_for(platform, "reader")
        body = {"channel": "sms", "address": SMS}
        assert (await as_(platform, operator, "POST", "/api/suppressions", body)).status == 201
        lifting = {**body, "reason": "manual", "note": "a mistake"}
        assert (await as_(platform, operator, "POST", "/api/suppressions/lift", lifting)).status == 403
        assert (await as_(platform, SETUP, "POST", "/api/suppressions/lift", lifting)).status == 200

        listed = (await as_(platform, reader, "GET", "/api/suppressions")).body["data"]
        audit = (await as_(platform, SETUP, "GET", "/api/audit")).body["data"]

        assert [each["address"] for each in listed] == ["+14*****23"]
        assert {"suppression.lift", "suppression.create"} <= {each["action"] for each in audit}
        assert "4255550123" not in str(audit)
