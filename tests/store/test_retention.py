"""How long records, ids and conversations stay in a store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import clock
from domain.conversations.inbound import InboundMessage
from domain.conversations.reply import ReplyContent
from domain.messages.message import Outcome
from domain.messages.retention import HISTORY, Retention
from store.conversations import Conversations
from store.correlations import AcceptedRow, AttemptRow, Correlations
from store.messages import Messages
from store.replies import Replies
from tests.domain.messages.records import ADA, NOON, a_message

DAY = timedelta(days=1)
RETENTION = Retention(content=7 * DAY, messages=20 * DAY, history=3 * DAY, correlations=60 * DAY)


@pytest.fixture
def messages(documents):
    return Messages(documents, lambda message, notice: True, RETENTION)


async def ended(messages):
    record = await messages.create(a_message())
    ended = replace(record.message, outcome=Outcome("delivered"), finished_at=clock.now())
    return await messages.replace(record, ended, due_at=clock.now())


async def test_a_record_is_there_until_its_time_is_over(messages, move_clock):
    record = await ended(messages)

    move_clock(20 * DAY - timedelta(seconds=1))
    assert await messages.find("conv-456", record.message.id)
    move_clock(20 * DAY)

    assert await messages.find("conv-456", record.message.id) is None


async def test_a_later_write_gives_a_record_no_more_time(messages, move_clock):
    record = await ended(messages)

    move_clock(19 * DAY)
    await messages.replace(record, replace(record.message, tended=(HISTORY,)), due_at=clock.now())
    move_clock(20 * DAY)

    assert await messages.find("conv-456", record.message.id) is None


async def test_a_message_that_has_not_ended_stays(messages, move_clock):
    record = await messages.create(a_message())
    await messages.replace(record, replace(record.message, turn="1"), due_at=clock.now())

    move_clock(4000 * DAY)

    assert await messages.find("conv-456", record.message.id)


async def test_a_message_that_has_ended_is_found_when_a_chore_is_due(messages, move_clock):
    record = await ended(messages)

    assert await messages.to_tend(NOON + 3 * DAY - timedelta(seconds=1), top=10) == []
    assert await messages.to_tend(NOON + 3 * DAY, top=10) == [record]


async def test_what_is_to_be_tended_and_what_is_due_are_not_mixed_up(messages, move_clock):
    await ended(messages)
    await messages.create(a_message(id="11111111-7f7c-4c39-9f0d-0f0f0f0f0f0f", due_at=NOON))

    assert len(await messages.due(NOON + 9 * DAY, top=10)) == 1
    assert len(await messages.to_tend(NOON + 9 * DAY, top=10)) == 1


async def test_what_waits_for_its_start_is_found_when_that_has_come_and_never_again(messages, move_clock):
    planned = await messages.create(a_message(start_at=NOON + DAY, due_at=NOON + 2 * DAY))
    await messages.create(a_message(id="11111111-7f7c-4c39-9f0d-0f0f0f0f0f0f", due_at=NOON))
    assert await messages.next_start() == NOON + DAY

    assert await messages.to_start(NOON + DAY - timedelta(seconds=1), top=10) == []
    assert await messages.to_start(NOON + DAY, top=10) == [planned]
    await messages.replace(planned, replace(planned.message, start_at=None), NOON + 2 * DAY)

    assert await messages.to_start(NOON + 9 * DAY, top=10) == []
    assert await messages.next_start() is None


async def test_the_most_overdue_is_tended_first(messages, move_clock):
    first = await ended(messages)
    move_clock(DAY)
    record = await messages.create(a_message(id="11111111-7f7c-4c39-9f0d-0f0f0f0f0f0f"))
    await messages.replace(
        record, replace(record.message, outcome=Outcome("expired"), finished_at=clock.now()), clock.now()
    )

    assert await messages.to_tend(NOON + 9 * DAY, top=1) == [first]


async def test_what_a_customer_wrote_is_content(documents, move_clock):
    replies, move = Replies(documents, RETENTION), move_clock
    conversations = Conversations(documents, RETENTION)
    move(2 * DAY)  # the event was brought late, or a clock was wrong that is not ours
    await replies.keep(
        InboundMessage("in-1", "conv-456", ADA.id, ADA.external_id, "sms", "theirs", ReplyContent("text", "Hi"), NOON)
    )

    move(9 * DAY - timedelta(seconds=1))
    assert len((await conversations.messages("conv-456", 10, None)).messages) == 1
    move(9 * DAY)

    assert (await conversations.messages("conv-456", 10, None)).messages == []


async def test_a_conversation_is_shown_as_long_as_its_last_message(documents, move_clock):
    conversations = Conversations(documents, RETENTION)
    await conversations.message_finished(a_message())
    move_clock(10 * DAY)
    await conversations.message_finished(a_message(id="11111111-7f7c-4c39-9f0d-0f0f0f0f0f0f"))

    move_clock(30 * DAY - timedelta(seconds=1))
    assert len((await conversations.of_customer(ADA.id, 10, None)).conversations) == 1
    move_clock(30 * DAY)

    assert (await conversations.of_customer(ADA.id, 10, None)).conversations == []


async def test_the_id_of_a_message_is_claimed_as_long_as_its_record_may_be_there(documents, move_clock):
    """Else the next message under the same Idempotency-Key would be taken for the old one, and never sent."""
    correlations = Correlations(documents, RETENTION)
    await correlations.accept(AcceptedRow("message-1", "conv-456", "hash"))

    move_clock(RETENTION.message_ids - timedelta(seconds=1))

    assert (await correlations.accept(AcceptedRow("message-1", "conv-456", "another"))).body_hash == "hash"


async def test_the_id_of_an_attempt_is_known_as_long_as_correlations_are_kept(documents, move_clock):
    correlations = Correlations(documents, RETENTION)
    await correlations.name_attempt(AttemptRow("attempt-1", "conv-456", "message-1", 1, "sms"))

    move_clock(60 * DAY - timedelta(seconds=1))
    assert await correlations.find_attempt("attempt-1")
    move_clock(60 * DAY)

    assert await correlations.find_attempt("attempt-1") is None
