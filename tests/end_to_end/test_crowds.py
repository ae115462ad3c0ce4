"""More records are due at once than a timer handles: the shards of the store are looked after side by side."""

from datetime import timedelta

import pytest

from actions.due import AT_ONCE
from domain.serialization import to_document
from domain.shards import SHARDS, shard_of
from store.messages import MESSAGES
from tests.domain.messages.records import a_message
from tests.platform import MORNING, a_platform

AN_HOUR_AGO = MORNING - timedelta(hours=1)
CROWD = 3 * AT_ONCE


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


def an_overdue_one(number):
    to = {"sms": f"+1425555{number:04}"}
    message_id = f"8a9d8b3c-7f7c-4c39-9f0d-{number:012}"
    return a_message(channels=["sms"], id=message_id, to=to, created_at=AN_HOUR_AGO, due_at=AN_HOUR_AGO)


async def passes(platform):
    """The passes that were spread over the shards: what each returned."""
    answer = await platform.call("GET", "/runtime/webhooks/durabletask/instances?instanceIdPrefix=rescue-")
    return [each["output"] for each in answer.body]


async def test_a_crowd_that_lost_its_workflows_is_rescued_within_the_minute_and_each_sent_once(platform):
    for number in range(1000, 1000 + CROWD):
        await platform.services.messages.create(an_overdue_one(number))

    await platform.advance(minutes=1, seconds=1)

    sent_to = [effect["to"] for effect in await platform.ledger()]
    assert len(sent_to) == len(set(sent_to)) == CROWD
    [spread] = await passes(platform)
    assert spread["handled"] >= CROWD - AT_ONCE


async def test_a_few_are_handled_by_the_timer_alone(platform):
    for number in range(1000, 1000 + AT_ONCE - 1):
        await platform.services.messages.create(an_overdue_one(number))

    await platform.advance(minutes=1, seconds=1)

    assert len(await platform.ledger()) == AT_ONCE - 1
    assert await passes(platform) == []


async def test_records_of_an_older_version_which_have_no_shard_are_rescued_in_a_crowd(platform):
    documents = platform.services.messages.documents
    for number in range(1000, 1000 + CROWD):
        await documents.create(MESSAGES, to_document(an_overdue_one(number)))

    await platform.advance(minutes=1, seconds=1)

    assert len(await platform.ledger()) == CROWD


async def test_two_passes_over_one_crowd_send_nothing_twice(platform, workflows):
    for number in range(1000, 1000 + CROWD):
        await platform.services.messages.create(an_overdue_one(number))
    payload = {"pass": "rescue", "before": "2100-01-01T00:00:00Z", "shards": SHARDS}

    for name in ("one", "another"):
        await workflows.start_new("look_after_shards", name, payload)
    await platform.advance(minutes=2)

    sent_to = [effect["to"] for effect in await platform.ledger()]
    assert len(sent_to) == len(set(sent_to)) == CROWD


def test_a_crowd_is_divided_evenly():
    sizes = [0] * SHARDS
    for number in range(16_000):
        sizes[shard_of(an_overdue_one(number).id)] += 1

    assert max(sizes) < 1.1 * 1000
