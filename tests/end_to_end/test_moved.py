"""A message is moved in time while nothing was sent. It is 9:00."""

from datetime import timedelta

import pytest

from domain.clock import to_text
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

SMS = "+14255550123"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


def at(**delta):
    return to_text(MORNING + timedelta(**delta))


async def move(platform, message_id, **times):
    return await platform.call("PATCH", f"/api/messages/{message_id}", times)


async def planned(platform, **fields):
    return await platform.post(to={"sms": SMS}, channels=["sms"], **{"sendAt": at(hours=2), **fields})


@pytest.mark.parametrize("days", [0, 3])
async def test_a_planned_message_leaves_at_its_new_time_and_once(platform, days):
    message_id = await planned(platform)

    moved = await move(platform, message_id, sendAt=at(days=days, hours=4))

    assert (moved.status, moved.body["sendAt"]) == (200, at(days=days, hours=4))
    await platform.advance(hours=3)
    assert await platform.ledger() == []
    await platform.advance(days=days, hours=1, minutes=1)
    message = await platform.message(message_id)
    assert message["status"] == "delivered"
    assert at(days=days, hours=4) <= message["attempts"][0]["sentAt"] < at(days=days, hours=4, minutes=1)
    assert len(await platform.ledger()) == 1


async def test_a_planned_message_can_be_sent_sooner_and_now(platform):
    sooner, now = await planned(platform), await planned(platform, sendAt=at(days=20))

    await move(platform, sooner, sendAt=at(minutes=30))
    assert (await move(platform, now, sendAt=at(minutes=-1))).status == 200
    await platform.advance(minutes=1)

    assert (await platform.message(now))["status"] == "delivered"
    assert (await platform.message(sooner))["attempts"] == []
    await platform.advance(minutes=30)
    assert (await platform.message(sooner))["status"] == "delivered"


async def test_a_message_whose_workflow_waits_already_is_moved_too(platform):
    message_id = await planned(platform)
    await platform.advance(hours=1, minutes=59)  # it has started, two minutes ahead

    await move(platform, message_id, sendAt=at(days=2))
    await platform.advance(hours=10)
    assert await platform.ledger() == []

    await platform.advance(days=2)
    assert (await platform.message(message_id))["status"] == "delivered"


@on_one_store
async def test_a_held_message_can_be_given_an_end(platform):
    await platform.call("POST", "/api/sending/pause", {"reason": "a drill"})
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
    await platform.advance(minutes=1)

    assert (await move(platform, message_id, expiresAt=at(minutes=30))).status == 200
    await platform.advance(minutes=31)

    assert (await platform.message(message_id))["status"] == "expired"


@on_one_store
async def test_what_has_begun_or_ended_is_not_moved(platform):
    silent = await platform.post(to={"sms": "+14255550102"}, channels=["sms"])
    await platform.settled()
    cancelled = await planned(platform)
    await platform.call("POST", f"/api/messages/{cancelled}/cancel")

    for message_id in (silent, cancelled):
        answer = await move(platform, message_id, sendAt=at(hours=5))
        assert (answer.status, answer.body["type"]) == (409, "/api/docs/errors#messageIsOver")
    assert (await move(platform, "nothing", sendAt=at(hours=5))).status == 404


@pytest.mark.parametrize(
    ("times", "at_fault"),
    [
        ({}, "sendAt"),
        ({"sendAt": at(minutes=-6)}, "sendAt"),
        ({"sendAt": at(days=31)}, "sendAt"),
        ({"expiresAt": at(hours=1)}, "expiresAt"),  # before it is sent
        ({"sendAt": "tomorrow"}, "sendAt"),
        ({"priority": "high"}, "priority"),
    ],
)
@on_one_store
async def test_times_that_make_no_sense_change_nothing(platform, times, at_fault):
    message_id = await planned(platform)

    answer = await move(platform, message_id, **times)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)
    assert (await platform.message(message_id))["sendAt"] == at(hours=2)
