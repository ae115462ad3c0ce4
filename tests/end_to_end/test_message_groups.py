"""Messages that belong together: cancelled by their reference, or the newest in place of the older ones."""

import asyncio
from datetime import timedelta

import pytest

from domain.clock import to_text
from domain.errors import StoreUnavailable
from tests.end_to_end.callers import SETUP, as_, key_for
from tests.intercepted import Intercepted
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

SMS, SILENT = "+14255550123", "+14255550102"
TOMORROW = to_text(MORNING + timedelta(days=1))


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def statuses(platform, *ids):
    return [(await platform.message(each))["status"] for each in ids]


async def test_all_messages_of_an_order_are_cancelled_by_its_reference(platform):
    arrived = await platform.post(to={"sms": SMS}, channels=["sms"], reference="order-17")
    await platform.advance(seconds=5)
    under_way = await platform.post(to={"sms": SILENT}, channels=["sms"], reference="order-17")
    planned = await platform.post(to={"sms": SMS}, channels=["sms"], reference="order-17", sendAt=TOMORROW)
    other = await platform.post(to={"sms": SMS}, channels=["sms"], reference="order-18", sendAt=TOMORROW)
    await platform.advance(seconds=5)

    answer = await platform.call("POST", "/api/messages/cancel", {"reference": "order-17"})
    await platform.settled()

    assert answer.status == 202
    told = {each["messageId"]: (each["status"], each["mayStillArrive"]) for each in answer.body["data"]}
    assert told == {arrived: ("delivered", []), under_way: ("cancelling", [1]), planned: ("cancelling", [])}
    assert await statuses(platform, arrived, planned, other) == ["delivered", "cancelled", "scheduled"]
    again = await platform.call("POST", "/api/messages/cancel", {"reference": "order-17"})
    assert {each["status"] for each in again.body["data"]} == {"delivered", "cancelled"}


async def test_a_request_that_is_repeated_is_cancelled_as_one_message(platform):
    body = {"customerId": "ada", "message": "Hi", "to": {"sms": SMS}, "sendAt": TOMORROW, "reference": "order-17"}
    for _ in range(2):
        await platform.call("POST", "/api/messages", body, {"Idempotency-Key": "one"})
        await platform.advance(seconds=1)

    answer = await platform.call("POST", "/api/messages/cancel", {"reference": "order-17"})

    assert len(answer.body["data"]) == 1


@on_one_store
async def test_a_reference_that_no_message_has_cancels_nothing(platform):
    answer = await platform.call("POST", "/api/messages/cancel", {"reference": "order-17"})
    assert (answer.status, answer.body["type"]) == (404, "/api/docs/errors#messageNotFound")

    wrong = await platform.call("POST", "/api/messages/cancel", {})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (400, "reference")


@on_one_store
async def test_a_test_key_cancels_its_test_messages_alone(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        live, test = await key_for(platform, "sender"), await key_for(platform, "sender", mode="test")
        body = {"customerId": "ada", "message": "Hi", "to": {"sms": SMS}, "sendAt": TOMORROW, "reference": "order-17"}
        real = (await as_(platform, live, "POST", "/api/messages", body)).body["messageId"]
        ended = {**body, "sendAt": None}
        await as_(platform, live, "POST", "/api/messages", ended)
        await platform.advance(seconds=5)
        own = (await as_(platform, test, "POST", "/api/messages", body)).body["messageId"]

        answer = await as_(platform, test, "POST", "/api/messages/cancel", {"reference": "order-17"})
        await platform.settled()

        assert [each["messageId"] for each in answer.body["data"]] == [own]
        assert (await as_(platform, SETUP, "GET", f"/api/messages/{real}")).body["status"] == "scheduled"


async def collapsing(platform, key="score", **fields):
    return await platform.post(to={"sms": SMS}, channels=["sms"], **{"collapseKey": key, "sendAt": TOMORROW, **fields})


async def test_a_newer_message_takes_the_place_of_an_older_one_that_was_not_sent(platform):
    first = await collapsing(platform)
    await platform.advance(seconds=1)
    second = await collapsing(platform)
    other_key = await collapsing(platform, "weather")
    other_customer = await collapsing(platform, customerId="grace")
    await platform.settled()

    assert await statuses(platform, first, second) == ["superseded", "scheduled"]
    assert (await platform.message(first))["supersededBy"] == second
    await platform.advance(days=1, minutes=1)

    assert await statuses(platform, second, other_key, other_customer) == ["delivered"] * 3
    assert len(await platform.ledger()) == 3
    told = [event["data"]["status"] for event in await platform.published(first)]
    assert told == ["scheduled", "superseded"]


async def test_what_was_sent_is_superseded_by_nothing(platform):
    first = await collapsing(platform, sendAt=None)
    await platform.advance(seconds=5)
    second = await collapsing(platform, sendAt=None)
    await platform.advance(seconds=5)

    assert await statuses(platform, first, second) == ["delivered", "delivered"]


async def test_an_old_request_that_is_repeated_takes_nothing_back(platform):
    body = {"customerId": "ada", "message": "1:0", "to": {"sms": SMS}, "sendAt": TOMORROW, "collapseKey": "score"}
    first = (await platform.call("POST", "/api/messages", body, {"Idempotency-Key": "one"})).body["messageId"]
    await platform.advance(seconds=1)
    second = (await platform.call("POST", "/api/messages", {**body, "message": "2:0"})).body["messageId"]
    await platform.advance(seconds=1)

    again = await platform.call("POST", "/api/messages", body, {"Idempotency-Key": "one"})
    await platform.advance(days=1, minutes=1)

    assert again.body["messageId"] == first
    assert await statuses(platform, first, second) == ["superseded", "delivered"]


async def test_an_old_request_that_is_repeated_before_anything_was_ended_does_not_end_itself_by_itself(
    platform, monkeypatch
):
    def away(*_, **__):
        raise StoreUnavailable("away")

    body = {"customerId": "ada", "message": "1:0", "to": {"sms": SMS}, "sendAt": TOMORROW, "collapseKey": "score"}
    first = (await platform.call("POST", "/api/messages", body, {"Idempotency-Key": "one"})).body["messageId"]
    await platform.advance(seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr("actions.supersede.replace", away)
        second = (await platform.call("POST", "/api/messages", {**body, "message": "2:0"})).body["messageId"]

    await platform.call("POST", "/api/messages", body, {"Idempotency-Key": "one"})
    await platform.settled()

    message = await platform.message(first)
    assert (message["status"], message["supersededBy"]) == ("superseded", second)


async def test_where_the_worker_dies_before_it_ends_the_older_one_that_finds_out_itself(tmp_path, monkeypatch):
    def away(*_, **__):
        raise StoreUnavailable("away")

    async with a_platform(tmp_path) as platform:
        first = await collapsing(platform)
        await platform.advance(seconds=1)
        with monkeypatch.context() as patched:
            patched.setattr("actions.supersede.replace", away)
            second = await collapsing(platform)
        assert await statuses(platform, first, second) == ["scheduled", "scheduled"]
        await platform.advance(days=1, minutes=1)

        assert await statuses(platform, first, second) == ["superseded", "delivered"]
        assert len(await platform.ledger()) == 1


async def test_of_many_at_once_the_newest_is_sent_and_none_is_lost(tmp_path):
    """Each older one that had not begun when a newer one was accepted is superseded."""

    async def slowly(_name, call):
        await asyncio.sleep(0)
        return await call()

    async with a_platform(tmp_path, lambda *between: (between[0], Intercepted(between[1], slowly))) as platform:
        ids = await asyncio.gather(*(collapsing(platform) for _ in range(20)))
        await platform.advance(days=1, minutes=1)

        ended = await statuses(platform, *ids)
        assert sorted(set(ended)) == ["delivered", "superseded"]
        assert ended.count("delivered") == 1
        assert len(await platform.ledger()) == 1
