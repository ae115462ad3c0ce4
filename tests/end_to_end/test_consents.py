"""No consent, no marketing: what a customer agreed to, what they declined, and how much they get at most."""

import asyncio
from datetime import timedelta

import pytest

from domain.clock import to_text
from tests.end_to_end.callers import SETUP, as_
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

SMS, EMAIL = "+14255550123", "ada@example.com"
BOTH = {"sms": SMS, "email": EMAIL}
CONSENTS = "/api/customers/customer-123/consents"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def says(platform, state, channel="sms", topic="all", **evidence):
    body = {"state": state, "evidence": {"source": "web form", **evidence}}
    return await platform.call("PUT", f"{CONSENTS}/{channel}/{topic}", body)


async def offered(platform, channels=("sms",), **fields):
    message_id = await platform.post(to=BOTH, channels=list(channels), **{"category": "marketing", **fields})
    await platform.advance(seconds=5)
    return await platform.message(message_id)


def refusals(message):
    return [skip["reason"]["code"] for skip in message["skipped"]]


async def test_marketing_goes_only_where_the_customer_agreed_to_it(platform):
    nobody_asked = await offered(platform)
    assert (nobody_asked["status"], refusals(nobody_asked)) == ("notSent", ["noConsent"])

    await platform.agrees("email", topic="news")
    news = await offered(platform, ["sms", "email"], topic="news")
    assert (news["status"], news["channel"], refusals(news)) == ("delivered", "email", ["noConsent"])
    assert refusals(await offered(platform, ["email"], topic="offers")) == ["noConsent"]
    assert refusals(await offered(platform, ["email"])) == ["noConsent"]

    parcel = await offered(platform, category="transactional")
    assert parcel["status"] == "delivered"


async def test_a_customer_who_declines_a_topic_gets_no_notice_of_it_either(platform):
    await says(platform, "withdrawn", topic="parcels")

    declined = await offered(platform, category="transactional", topic="parcels")
    assert (declined["status"], refusals(declined)) == ("notSent", ["optedOut"])
    assert (await offered(platform, category="transactional", topic="invoices"))["status"] == "delivered"
    assert (await offered(platform, category="authentication", topic="parcels"))["status"] == "delivered"


@pytest.mark.parametrize("category", ["marketing", "transactional"])
async def test_a_repetition_does_not_leave_after_the_topic_was_declined(platform, category):
    """The provider was asked twice, and said that it could not now."""
    await platform.agrees("sms", topic="news")
    message_id = await platform.post(to={"sms": "+14255550105"}, channels=["sms"], category=category, topic="news")
    await platform.settled()

    await says(platform, "withdrawn", topic="news")
    await platform.advance(minutes=1)

    assert await platform.ledger() == []
    [attempt] = (await platform.message(message_id))["attempts"]
    assert attempt["reason"]["code"] == "optedOut"


async def test_a_withdrawal_ends_a_plan_under_way(platform):
    await platform.agrees("sms", "email")
    message_id = await platform.post(
        to={"sms": "+14255550102", "email": EMAIL}, channels=["sms", "email"], category="marketing"
    )
    await platform.advance(minutes=5)

    await says(platform, "withdrawn", "email")
    await platform.advance(minutes=10)

    message = await platform.message(message_id)
    assert (message["status"], refusals(message)) == ("undelivered", ["optedOut"])
    assert [effect["channel"] for effect in await platform.ledger()] == ["sms"]


async def test_get_stop_and_put_do_not_bring_consent_back(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": BOTH})
    await platform.agrees("sms", "email")
    shown = (await platform.call("GET", "/api/customers/customer-123")).body
    await platform.advance(seconds=1)
    await platform._control("POST", "replies", {"channel": "sms", "from": SMS, "text": "STOP"})
    await platform.settled()

    again = {name: value for name, value in shown.items() if name not in ("customerId", "customerKey")}
    await platform.call("PUT", "/api/customers/customer-123", again)

    assert (await offered(platform, ["email"]))["status"] == "notSent"
    told = (await platform.call("GET", CONSENTS)).body
    assert [each["allowsMarketing"] for each in told["data"]] == [False, False]
    assert told["stoppedAt"] > told["data"][0]["statements"][0]["at"]


async def test_imported_evidence_from_before_a_withdrawal_lifts_nothing_and_later_one_does(platform):
    await says(platform, "withdrawn")
    await says(platform, "granted", at=to_text(MORNING - timedelta(days=300)), wording="Send me news")
    assert (await offered(platform))["status"] == "notSent"

    await platform.advance(seconds=1)
    answer = await says(platform, "granted", reference="form 17")

    assert answer.body["allowsMarketing"] is True
    assert [each["state"] for each in answer.body["statements"]] == ["granted", "withdrawn", "granted"]
    assert (await offered(platform))["status"] == "delivered"


async def test_a_number_that_changed_hands_does_not_bring_the_consent_of_its_old_owner(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": SMS}})
    await platform.agrees("sms")
    await platform.call("POST", "/api/suppressions", {"channel": "sms", "address": SMS, "categories": ["marketing"]})
    await platform.call("PUT", "/api/customers/customer-123", {})
    await platform.call("PUT", "/api/customers/grace", {"contactPoints": {"sms": SMS}})

    offer = await offered(platform, customerId="grace")
    assert refusals(offer) == ["noConsent"]
    await platform.agrees("sms", customer_id="grace")
    assert refusals(await offered(platform, customerId="grace")) == ["suppressed"]  # that of the address stays


async def test_of_two_hundred_offers_at_once_a_customer_gets_as_many_as_the_cap_says(tmp_path, monkeypatch):
    monkeypatch.setenv("FREQUENCY_CAPS", "3/P1D, 5/P7D")
    async with a_platform(tmp_path) as platform:
        await platform.agrees("sms")
        posted = [platform.post(to={"sms": SMS}, channels=["sms"], category="marketing") for _ in range(200)]
        ids = await asyncio.gather(*posted)
        await platform.advance(minutes=2)

        assert len(await platform.ledger()) == 3
        messages = [await platform.message(each) for each in ids]
        refused = [message for message in messages if message["status"] != "delivered"]
        codes = {each["reason"]["code"] for message in refused for each in (*message["attempts"], *message["skipped"])}
        assert codes == {"frequencyCap"}

        await platform.advance(days=1)
        assert [(await offered(platform))["status"] for _ in range(3)] == ["delivered", "delivered", "notSent"]
        assert (await offered(platform, category="transactional"))["status"] == "delivered"


@pytest.mark.parametrize(
    ("url", "body", "at_fault"),
    [
        (f"{CONSENTS}/sms/all", {"state": "granted"}, "evidence"),
        (f"{CONSENTS}/sms/all", {"state": "granted", "evidence": {}}, "evidence.source"),
        (f"{CONSENTS}/sms/all", {"state": "perhaps", "evidence": {"source": "x"}}, "state"),
        (f"{CONSENTS}/pigeon/all", {"state": "granted", "evidence": {"source": "x"}}, "channel"),
        (f"{CONSENTS}/sms/All", {"state": "granted", "evidence": {"source": "x"}}, "topic"),
        (
            f"{CONSENTS}/sms/all",
            {"state": "granted", "evidence": {"source": "x", "at": "2027-03-01T10:00:00Z"}},
            "evidence.at",
        ),
    ],
)
@on_one_store
async def test_a_consent_that_makes_no_sense_is_not_recorded(platform, url, body, at_fault):
    answer = await platform.call("PUT", url, body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)
    assert (await platform.call("GET", CONSENTS)).status == 404


@on_one_store
async def test_a_customer_has_at_most_fifty_consents(platform):
    for number in range(50):
        assert (await says(platform, "granted", topic=f"topic-{number}")).status == 200

    answer = await says(platform, "granted", topic="one-more")

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "topic")
    for topic in ("topic-1", "one-more"):  # a withdrawal is always taken
        assert (await says(platform, "withdrawn", topic=topic)).status == 200
    assert (await says(platform, "granted", topic="topic-1")).status == 200


@on_one_store
async def test_who_recorded_a_consent_is_in_the_audit(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        body = {"state": "granted", "evidence": {"source": "phone call"}}
        await as_(platform, SETUP, "PUT", f"{CONSENTS}/sms/news", body)

        [entry] = (await as_(platform, SETUP, "GET", "/api/audit?action=consent.put")).body["data"]
        assert entry["details"] == {"state": "granted", "channel": "sms", "topic": "news", "source": "phone call"}
        assert entry["target"].startswith("ck_")
