"""A message that is planned for later: no workflow before its time, and then to the second, whatever happens."""

import asyncio
from datetime import timedelta

import pytest

from domain.clock import to_text
from domain.errors import StoreUnavailable
from domain.messages.message import LEAD
from tests.domain.messages.records import a_message
from tests.intercepted import Intercepted
from tests.platform import MORNING, a_platform

SMS = {"to": {"sms": "+14255550123"}, "channels": ["sms"]}
TOMORROW = MORNING + timedelta(days=1, seconds=17)
OPERATIONS = 20
"""More than the store is asked for from the pass that starts a message until it is sent, collisions included."""


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def planned(platform, send_at=TOMORROW, **fields):
    return await platform.post(**{**SMS, "sendAt": to_text(send_at), **fields})


async def until(platform, moment):
    await platform.advance(seconds=(moment - platform.clock.now()).total_seconds())


async def sent_at(platform):
    return [effect["at"] for effect in await platform.ledger()]


async def has_workflow(workflows, message_id):
    return bool(await workflows.get_status(message_id))


async def test_it_has_no_workflow_until_shortly_before_its_time_and_leaves_to_the_second(platform, workflows):
    message_id = await planned(platform)
    await until(platform, TOMORROW - LEAD - timedelta(seconds=1))
    assert not await has_workflow(workflows, message_id)
    assert (await platform.message(message_id))["status"] == "scheduled"

    await until(platform, TOMORROW - timedelta(seconds=1))
    assert await has_workflow(workflows, message_id)
    assert (await platform.message(message_id))["status"] == "scheduled"
    await until(platform, TOMORROW + timedelta(seconds=1))

    assert await sent_at(platform) == [to_text(TOMORROW)]
    assert (await platform.message(message_id))["status"] == "delivered"


async def test_one_for_in_two_minutes_starts_at_once(platform, workflows):
    send_at = MORNING + LEAD
    message_id = await planned(platform, send_at)
    await platform.settled()

    assert await has_workflow(workflows, message_id)
    await platform.advance(minutes=2)
    assert await sent_at(platform) == [to_text(send_at)]


async def test_the_same_request_again_does_not_start_it_early(platform, workflows):
    body = {"customerId": "customer-123", "message": "Hello", **SMS, "sendAt": to_text(TOMORROW)}
    answers = [await platform.call("POST", "/api/messages", body, {"Idempotency-Key": "mine"}) for _ in range(2)]
    await platform.settled()

    assert [answer.status for answer in answers] == [202, 202]
    assert not await has_workflow(workflows, answers[0].body["messageId"])
    await platform.advance(days=2)
    assert await sent_at(platform) == [to_text(TOMORROW)]


async def test_a_restart_at_any_time_neither_forgets_nor_delays_it(platform):
    await planned(platform)
    for before in (timedelta(hours=5), LEAD / 2, timedelta(seconds=1)):
        await until(platform, TOMORROW - before)
        await platform.restart()

    await platform.advance(minutes=1)

    assert await sent_at(platform) == [to_text(TOMORROW)]


async def test_its_time_comes_while_nobody_runs_and_it_leaves_when_the_platform_is_back(platform):
    await planned(platform)
    late = TOMORROW + timedelta(hours=3)

    await platform.restart(lambda: platform.clock.set(late))
    await platform.settled()

    assert await sent_at(platform) == [to_text(late)]


async def test_it_expires_while_nobody_runs_and_nothing_is_sent(platform):
    message_id = await planned(platform, expiresAt=to_text(TOMORROW + timedelta(hours=1)))

    await platform.restart(lambda: platform.clock.set(TOMORROW + timedelta(hours=3)))
    await platform.settled()

    assert (await platform.message(message_id))["status"] == "expired"
    assert await platform.ledger() == []


async def test_called_off_before_its_time_it_ends_at_once_and_is_never_sent(platform, workflows):
    message_id = await planned(platform)

    answer = await platform.call("POST", f"/api/messages/{message_id}/cancel")
    await platform.settled()

    assert (answer.status, answer.body["status"]) == (202, "cancelling")
    assert (await platform.message(message_id))["status"] == "cancelled"
    assert (await workflows.get_status(message_id)).output["status"] == "cancelled"
    await platform.advance(days=2)
    assert await platform.ledger() == []


async def test_that_it_is_scheduled_is_told_at_once_though_the_worker_that_accepted_it_has_died(platform):
    message = a_message(channels=["sms"], created_at=MORNING, send_at=TOMORROW, start_at=TOMORROW - LEAD)
    await platform.services.messages.create(message)

    await platform.advance(minutes=3)

    assert [event["data"]["status"] for event in await platform.published(message.id)] == ["scheduled"]


async def test_many_for_the_same_minute_all_leave_on_time(platform):
    for number in range(120):
        await planned(platform, to={"sms": f"+1425556{1000 + number}"})

    await platform.advance(days=2)

    assert await sent_at(platform) == [to_text(TOMORROW)] * 120


async def test_without_the_pass_over_its_start_it_leaves_two_minutes_late_at_most(tmp_path):
    async def fails_to_start(name, call):
        if name == "due" and "startAt" in call.args:
            raise StoreUnavailable("not now")
        return await call()

    async with a_platform(tmp_path, lambda *between: (between[0], Intercepted(between[1], fails_to_start))) as platform:
        await planned(platform)
        await until(platform, TOMORROW)
        for _ in range(3):
            await platform.advance(minutes=1)

        [at] = await sent_at(platform)
        assert to_text(TOMORROW) < at <= to_text(TOMORROW + timedelta(minutes=2))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(OPERATIONS))
async def test_killed_at_any_operation_of_its_start_it_is_sent_once_and_on_time(tmp_path, number, moment):
    left, died = [None], asyncio.Event()

    async def mortal(name, call):
        """The process ends here: whoever called hears nothing any more. Other passes do not count."""
        if left[0] is None or died.is_set() or (name == "due" and "startAt" not in call.args):
            return await call()
        left[0] -= 1
        if left[0] >= 0:
            return await call()
        if moment == "after":
            await call()
        died.set()
        return await asyncio.Event().wait()

    async with a_platform(tmp_path, lambda *between: (between[0], Intercepted(between[1], mortal))) as platform:
        message_id = await planned(platform)
        await until(platform, TOMORROW - LEAD - timedelta(minutes=1))
        left[0] = number
        passing = asyncio.create_task(until(platform, TOMORROW - timedelta(seconds=5)))
        dying = asyncio.create_task(died.wait())
        await asyncio.wait([passing, dying], return_when=asyncio.FIRST_COMPLETED)
        assert not (died.is_set() and number == OPERATIONS - 1), (
            "one that is never killed shows that all places were tried"
        )
        for task in (passing, dying):
            task.cancel()
        await asyncio.gather(passing, dying, return_exceptions=True)
        died.set()

        await platform.restart()
        await until(platform, TOMORROW + timedelta(minutes=1))

        assert await sent_at(platform) == [to_text(TOMORROW)]
        assert (await platform.message(message_id))["status"] == "delivered"
