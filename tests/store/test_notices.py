"""When somebody has to tell what is left in an outbox."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import clock
from domain.messages.message import Message, Notice, Outcome
from domain.messages.retention import Retention
from store.messages import Messages, Record
from tests.domain.messages.records import MINUTE, NOON, a_message

YEARS = timedelta(days=4000)


class Topic:
    """What a worker knows of it."""

    is_away = False
    has_all = False

    def is_published(self, message: Message, notice: Notice) -> bool:
        return self.has_all


@pytest.fixture
def topic():
    return Topic()


@pytest.fixture
def messages(documents, topic):
    return Messages(documents, topic.is_published, Retention(), lambda: topic.is_away)


async def ended(messages: Messages) -> Record:
    record = await messages.create(a_message())
    over = replace(record.message, outcome=Outcome("expired"), finished_at=clock.now())
    return await messages.replace(record, over, due_at=clock.now())


async def test_what_a_message_left_when_it_ended_is_told_a_minute_later_and_nobody_else_looks(messages, move_clock):
    record = await ended(messages)

    assert (record.message.due_at, record.message.tell_at) == (None, NOON + MINUTE)
    assert await messages.due(NOON + YEARS, top=10) == []
    assert await messages.to_tell(NOON + MINUTE - timedelta(seconds=1), top=10) == []
    assert await messages.to_tell(NOON + MINUTE, top=10) == [record]


async def test_a_message_that_told_all_when_it_ended_is_looked_at_no_more(messages, topic, move_clock):
    topic.has_all = True

    record = await ended(messages)

    assert (record.message.outbox, record.message.due_at, record.message.tell_at) == ((), None, None)
    assert await messages.to_tell(NOON + YEARS, top=10) == []


async def test_a_message_in_flight_tells_with_its_next_write(messages, move_clock):
    record = await messages.create(a_message())
    record = await messages.replace(record, replace(record.message, turn="1"), due_at=NOON)

    assert record.message.outbox
    assert await messages.to_tell(NOON + YEARS, top=10) == []


async def test_what_is_written_while_the_topic_is_away_has_a_date_until_a_write_when_it_is_back(
    messages, topic, move_clock
):
    topic.is_away = True
    record = await messages.create(a_message())
    assert await messages.to_tell(NOON + MINUTE, top=10) == [record]
    record = await messages.replace(record, replace(record.message, turn="1"), due_at=NOON)
    assert await messages.to_tell(NOON + MINUTE, top=10) == [record]

    topic.is_away = False
    await messages.replace(record, record.message, due_at=NOON)

    assert await messages.to_tell(NOON + YEARS, top=10) == []


async def test_a_record_that_has_not_told_all_does_not_expire(messages, topic, move_clock):
    record = await ended(messages)

    move_clock(YEARS)
    assert await messages.find("conv-456", record.message.id)

    topic.has_all = True
    await messages.replace(record, record.message, due_at=clock.now())
    move_clock(YEARS + timedelta(seconds=2))
    assert not await messages.find("conv-456", record.message.id)
