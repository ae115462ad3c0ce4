"""The announcer, called by its timer every minute: it publishes what is left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages.message import Outcome
from tests.domain.messages.records import a_message
from tests.platform import MORNING, a_platform
from tests.stores import is_troubled

GOOD, SILENT, FAILED = {"sms": "+14255550123"}, {"sms": "+14255550102"}, {"sms": "+14255550101"}

at_once = pytest.mark.skipif(is_troubled(), reason="says when things happen where nothing has to be done again")


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def record(platform, message_id):
    return (await platform.services.messages.read("conv-456", message_id)).message


async def statuses(platform, message_id):
    """As subscribers have heard them, each once."""
    by_number = {event["data"]["number"]: event["data"]["status"] for event in await platform.published(message_id)}
    assert sorted(by_number) == list(range(1, len(by_number) + 1))
    return [by_number[number] for number in sorted(by_number)]


async def a_worker_that_forgets(platform):
    """What a kill leaves: the records, and nothing of the queue."""
    await platform.restart()


@at_once
async def test_a_message_that_arrived_has_told_all_with_its_last_write(platform):
    message_id = await platform.post(conversationId="conv-456", to=GOOD, channels=["sms"])
    await platform.advance(seconds=1)

    message = await record(platform, message_id)
    assert (message.outbox, message.due_at, message.tell_at) == ((), None, None)
    assert await statuses(platform, message_id) == ["accepted", "sending", "sent", "delivered"]


@at_once
async def test_the_end_of_a_message_that_never_arrived_is_told_and_its_outbox_emptied_within_two_minutes(platform):
    message_id = await platform.post(conversationId="conv-456", to=FAILED, channels=["sms"])
    await platform.advance(seconds=1)
    message = await record(platform, message_id)
    assert [notice.status for notice in message.outbox] == ["undelivered"]
    assert (message.due_at, message.tell_at) == (None, message.finished_at + timedelta(minutes=1))

    await platform.advance(minutes=2)

    message = await record(platform, message_id)
    assert (message.outbox, message.tell_at) == ((), None)
    assert await statuses(platform, message_id) == ["accepted", "sending", "sent", "undelivered"]


async def test_while_the_topic_is_away_messages_end_as_fast_and_all_is_told_when_it_is_back(platform):
    await platform.fault(channel="topic", fault="unavailable", times=10_000)
    ended = [
        await platform.post(conversationId="conv-456", to=to, channels=["sms"]) for to in (GOOD, FAILED) for _ in "123"
    ]
    began = platform.clock.now()
    await platform.advance(minutes=5)
    for message_id in ended:
        message = await record(platform, message_id)
        assert message.outcome
        assert is_troubled() or message.finished_at - began < timedelta(seconds=1)
        assert message.due_at is None
        assert message.outbox

    await platform.release()
    await a_worker_that_forgets(platform)
    await platform.advance(minutes=2)

    for message_id in ended:
        assert (await statuses(platform, message_id))[0] == "accepted"
        assert (await statuses(platform, message_id))[-1] in ("delivered", "undelivered")
        assert (await record(platform, message_id)).outbox == ()


@at_once
async def test_what_was_written_while_the_topic_was_away_is_told_though_the_message_is_in_flight(platform):
    """Its next write would tell it too, but that is in three days."""
    await platform.fault(channel="topic", fault="unavailable", times=10_000)
    patient = {"channel": "sms", "timeout": "PT72H"}
    await platform.post(to=GOOD, channels=["sms"])
    await platform.settled()
    assert platform.services.status_events.is_away
    message_id = await platform.post(conversationId="conv-456", to=SILENT, channels=[patient])
    await platform.settled()

    await platform.release()
    await a_worker_that_forgets(platform)
    before = await record(platform, message_id)
    await platform.advance(minutes=2)

    after = await record(platform, message_id)
    assert await statuses(platform, message_id) == ["accepted", "sending", "sent"]
    assert (after.outbox, after.tell_at, after.due_at) == ((), None, before.due_at)
    assert (after.turn, after.step) == (before.turn, before.step)


@at_once
async def test_a_message_in_flight_is_not_written_only_to_empty_its_outbox(platform):
    message_id = await platform.post(conversationId="conv-456", to=SILENT, channels=["sms"])
    await platform.settled()
    before = await platform.services.messages.read("conv-456", message_id)

    await platform.advance(minutes=4)

    assert await platform.services.messages.read("conv-456", message_id) == before
    assert await statuses(platform, message_id) == ["accepted", "sending", "sent"]


@at_once
async def test_a_workflow_that_is_lost_is_rescued_in_time_while_the_topic_is_away(platform, workflows):
    """A crowd whose notices nobody takes stands in nobody's way."""
    await platform.fault(channel="topic", fault="unavailable", times=10_000)
    for number in range(120):
        told = a_message(id=f"{number:08}-7f7c-4c39-9f0d-0f0f0f0f0f0f", created_at=MORNING - timedelta(hours=1))
        ended = replace(told, outcome=Outcome("expired"), finished_at=MORNING - timedelta(hours=1))
        await platform.services.messages.create(ended)
    lost = a_message(["sms"], to=GOOD, created_at=MORNING, due_at=MORNING + timedelta(minutes=1))
    await platform.services.messages.create(lost)

    await platform.advance(minutes=1, seconds=30)

    assert (await record(platform, lost.id)).status == "delivered"
    assert len(await platform.ledger()) == 1


async def test_a_crowd_is_told_within_its_minute(platform):
    for number in range(220):
        told = a_message(id=f"{number:08}-7f7c-4c39-9f0d-0f0f0f0f0f0f", created_at=MORNING)
        await platform.services.messages.create(replace(told, outcome=Outcome("expired"), finished_at=MORNING))

    await platform.advance(minutes=1, seconds=30)

    assert await platform.services.messages.to_tell(MORNING + timedelta(days=1), top=1) == []
    assert await statuses(platform, told.id) == ["expired"]


async def test_a_record_does_not_expire_before_all_is_told(platform):
    await platform.fault(channel="topic", fault="unavailable", times=10_000)
    message_id = await platform.post(conversationId="conv-456", to=GOOD, channels=["sms"])

    await platform.advance(days=370)

    assert (await record(platform, message_id)).outbox
    await platform.release()
    await a_worker_that_forgets(platform)
    await platform.advance(minutes=2)
    assert await platform.services.messages.find("conv-456", message_id) is None
    assert (await statuses(platform, message_id))[-1] == "delivered"
