import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identities import digest
from domain.messages.message import Outcome
from domain.messages.retention import Retention
from store.conversations import Conversations, Owner
from store.messages import Messages
from store.replies import Replies, ReplyRow
from tests.domain.conversations.test_conversation import a_reply
from tests.domain.messages.records import ADA, NOON, a_message, with_attempt

GRACE = Owner(digest("grace"), "grace")
OWNER = Owner(ADA.id, ADA.external_id)


@pytest.fixture
def conversations(documents):
    return Conversations(documents, Retention())


async def test_a_conversation_is_its_who_writes_in_it_first(conversations):
    assert await conversations.owner_of("conv-456") is None

    assert await conversations.claim("conv-456", OWNER) == OWNER
    assert await conversations.claim("conv-456", GRACE) == OWNER
    assert await conversations.owner_of("conv-456") == OWNER


async def test_of_many_who_claim_at_the_same_moment_one_gets_it(conversations):
    owners = [Owner(digest(str(number)), str(number)) for number in range(10)]

    claimed = await asyncio.gather(*(conversations.claim("conv-456", owner) for owner in owners))

    assert len(set(claimed)) == 1


async def test_what_is_told_of_a_conversation_at_the_same_moment_is_all_kept(conversations):
    message = replace(with_attempt(a_message(["sms"]), "sms", "failed"), outcome=Outcome("undelivered"))
    replies = [a_reply(number) for number in range(8)]

    await asyncio.gather(
        *(conversations.reply_received(reply) for reply in (*replies, *replies)),
        conversations.message_finished(message),
        conversations.message_finished(message),
    )

    [conversation] = (await conversations.of_customer(ADA.id, 10, None)).conversations
    assert (conversation.inbound, conversation.outbound, set(conversation.channels)) == (8, 1, {"sms", "whatsapp"})


async def test_the_conversation_that_was_changed_last_comes_first(conversations):
    for name in ("conv-1", "conv-2", "conv-3", "conv-1"):
        await conversations.reply_received(replace(a_reply(name + str(NOON)), conversation_id=name))

    first = await conversations.of_customer(ADA.id, 2, None)
    second = await conversations.of_customer(ADA.id, 2, first.continuation)

    names = [each.id for page in (first, second) for each in page.conversations]
    assert names == ["conv-3", "conv-2", "conv-1"]  # a repetition changes nothing
    assert second.continuation is None


async def test_messages_of_both_directions_come_newest_first_a_page_at_a_time(conversations, documents):
    await Messages(documents, lambda message, notice: True, Retention()).create(a_message())
    for number in range(1, 4):
        await Replies(documents, Retention()).keep(a_reply(number, NOON + timedelta(minutes=number)))

    first = await conversations.messages("conv-456", 3, None)
    second = await conversations.messages("conv-456", 3, first.continuation)

    assert [message.direction for message in first.messages] == ["inbound"] * 3
    assert [message.id for message in first.messages] == [a_reply(number).id for number in (3, 2, 1)]
    assert [message.id for message in second.messages] == [a_message().id]


async def test_a_continuation_of_something_else_is_refused(conversations):
    with pytest.raises(ValueError):
        await conversations.messages("conv-456", 3, "bm9uc2Vuc2U=")


async def test_one_event_is_one_message_in_the_conversation_that_it_found_first(documents):
    replies = Replies(documents, Retention())
    first = ReplyRow(a_reply().id, "conv-1", ADA.id, ADA.external_id)

    rows = await asyncio.gather(
        *(replies.claim(replace(first, conversation_id=f"conv-{number}")) for number in range(10))
    )

    assert len({row.conversation_id for row in rows}) == 1


async def test_a_record_is_written_once(documents):
    replies = Replies(documents, Retention())
    await replies.keep(a_reply())

    assert await replies.keep(replace(a_reply(), created_at=NOON)) == a_reply()
