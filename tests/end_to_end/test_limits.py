"""How much a caller may do, and which request of theirs is the same one."""

from datetime import timedelta

import pytest

from domain.clock import to_text
from tests.end_to_end.callers import IN_A_WEEK, SETUP, SMS, as_, key_for, send
from tests.platform import MORNING, a_platform
from tests.stores import is_troubled


@pytest.fixture
async def platform(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        yield platform


async def test_an_idempotency_key_belongs_to_its_caller(platform):
    one, other = await key_for(platform, "sender", name="one"), await key_for(platform, "sender", name="other")
    renewed = await key_for(platform, "sender", name="one")
    heir = await key_for(platform, "sender", name="heir", inherits="other")

    async def sent_by(key):
        answer = await send(platform, key, **{"Idempotency-Key": "order-17"})
        return answer.body["messageId"]

    first, second = await sent_by(one), await sent_by(other)

    assert first != second
    assert (await sent_by(renewed), await sent_by(heir)) == (first, second)


async def test_a_request_from_before_its_caller_had_a_key_is_found_again(platform, monkeypatch):
    key = await key_for(platform, "sender")
    monkeypatch.setenv("ACCESS", "keys")
    before = await send(platform, None, **{"Idempotency-Key": "order-18"})
    monkeypatch.setenv("ACCESS", "roles")

    again = await send(platform, key, **{"Idempotency-Key": "order-18"})

    assert again.body["messageId"] == before.body["messageId"]
    other = {"customerId": "customer-123", "message": "Bye", "channels": ["sms"], "to": {"sms": SMS}}
    answer = await as_(platform, key, "POST", "/api/messages", other, **{"Idempotency-Key": "order-18"})
    assert (answer.status, answer.body["messageId"] != before.body["messageId"]) == (202, True)


@pytest.mark.skipif(is_troubled(), reason="what a worker takes of a minute and loses on its way nobody uses")
async def test_a_caller_over_its_limit_is_told_when_to_come_back(platform):
    key = await key_for(platform, "sender", name="billing", sendsPerMinute=2)
    other = await key_for(platform, "sender", name="shop")

    answers = [await send(platform, key) for _ in range(3)]

    assert [answer.status for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].body["type"] == "/api/docs/errors#tooManyRequests"
    assert (await send(platform, other)).status == 202
    lifted = {"kind": "rate", "value": "billing", "owner": "ada", "reason": "a recall", "until": IN_A_WEEK}
    assert (await as_(platform, SETUP, "POST", "/api/sending/exemptions", lifted)).status == 201
    assert (await send(platform, key)).status == 202
    await platform.advance(days=8)
    assert [(await send(platform, key)).status for _ in range(3)] == [202, 202, 429]


@pytest.mark.skipif(is_troubled(), reason="what a worker takes of a minute and loses on its way nobody uses")
async def test_a_repeated_request_counts_as_no_second_send_but_as_a_request(platform):
    key = await key_for(platform, "sender", sendsPerMinute=1, requestsPerMinute=3)

    answers = [await send(platform, key, **{"Idempotency-Key": "order-19"}) for _ in range(4)]

    assert [answer.status for answer in answers] == [202, 202, 202, 429]


async def test_a_country_that_is_not_allowed_is_refused_and_an_exemption_lets_it_through(platform, monkeypatch):
    monkeypatch.setenv("ALLOWED_COUNTRIES", "US, AT")
    await platform.restart()
    key = await key_for(platform, "sender")

    async def to(number, **more):
        body = {"customerId": "ada", "message": "Hello", "channels": ["sms"], "to": {"sms": number}, **more}
        return await as_(platform, key, "POST", "/api/messages", body)

    jamaican = "+18765550123"  # +1, too
    refused = await to(jamaican)
    assert (refused.status, refused.body["type"]) == (422, "/api/docs/errors#noUsableChannel")
    assert "Numbers of JM" in refused.body["errors"][0]["reason"]
    assert [(await to(number)).status for number in ("+14255550123", "+436641234567")] == [202, 202]

    exempted = {"kind": "country", "value": "jm", "owner": "ada", "reason": "a customer", "until": IN_A_WEEK}
    await as_(platform, SETUP, "POST", "/api/sending/exemptions", exempted)
    assert (await to(jamaican)).status == 202
    late = (await to(jamaican, sendAt=to_text(MORNING + timedelta(days=8)))).body["messageId"]
    await platform.advance(days=8, minutes=1)
    message = (await as_(platform, SETUP, "GET", f"/api/messages/{late}")).body
    assert (message["status"], message["skipped"][0]["reason"]["code"]) == ("notSent", "countryNotAllowed")
    [listed] = (await as_(platform, SETUP, "GET", "/api/sending")).body["exemptions"]
    assert (listed["value"], listed["owner"], listed["isOver"]) == ("JM", "ada", True)
