from dataclasses import replace
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from domain.conversations.conversation import REMEMBERED, Conversation, LastMessage
from domain.conversations.inbound import InboundMessage, inbound_id
from domain.conversations.reply import Media, Reply, ReplyContent
from domain.messages.attempt import Receipt
from domain.messages.message import Outcome
from tests.domain.messages.records import ADA, MINUTE, NOON, a_message, with_attempt

NEW = Conversation("conv-456", ADA.id, ADA.external_id)
ENDED = replace(with_attempt(a_message(["sms"]), "sms", "timedOut"), outcome=Outcome("undelivered"))
LATE = ENDED.with_receipt(Receipt(1, "delivered", NOON + MINUTE))


def a_reply(number=1, at=NOON + MINUTE, channel="whatsapp"):
    media = Media("media-1", "image/png", "cat.png", "My cat")
    reply = Reply(channel, f"provider-{number}", ReplyContent("image", media=media), at, "14255550123", "answered")
    return InboundMessage(
        inbound_id(reply),
        "conv-456",
        ADA.id,
        ADA.external_id,
        channel,
        reply.provider_message_id,
        reply.content,
        at,
        reply.sender,
        reply.in_reply_to,
    )


def test_it_shows_the_newest_message_and_counts_both_directions():
    seen = NEW.with_outbound(ENDED).with_inbound(a_reply())

    assert seen.last == LastMessage(a_reply().id, "inbound", "received", NOON + MINUTE, "whatsapp")
    assert (seen.channels, seen.outbound, seen.inbound) == (("sms", "whatsapp"), 1, 1)


def test_the_newest_message_is_the_last_in_whatever_order_they_are_told():
    replies = [a_reply(number, NOON + number * MINUTE) for number in range(3)]

    for order in permutations(replies):
        seen = NEW
        for reply in order:
            seen = seen.with_inbound(reply)
        assert seen.last
        assert (seen.last.message_id, seen.inbound) == (replies[2].id, 3)


def test_what_is_told_twice_counts_once():
    seen = NEW.with_outbound(ENDED).with_inbound(a_reply())

    assert seen.with_inbound(a_reply()) == seen
    assert seen.with_outbound(ENDED) == seen


def test_a_late_report_raises_the_status_shown_and_an_older_word_does_not_lower_it():
    for told in ([ENDED, LATE], [LATE, ENDED], [ENDED, LATE, ENDED]):
        seen = NEW
        for message in told:
            seen = seen.with_outbound(message)
        assert seen.last
        assert (seen.last.status, seen.last.channel, seen.outbound) == ("delivered", "sms", 1)


def test_it_stays_small_however_long_it_lasts():
    seen = NEW
    for number in range(3 * REMEMBERED):
        seen = seen.with_inbound(a_reply(number), is_new=True)

    assert seen.inbound == 3 * REMEMBERED
    assert len(str(seen.to_document())) < 6_000


def came(number, minutes=None):
    return replace(a_reply(number), came_at=NOON + (number if minutes is None else minutes) * MINUTE)


def test_what_is_told_again_after_hundreds_of_others_counts_once():
    late = replace(LATE, finished_at=NOON)
    seen = NEW.with_outbound(late, is_new=True)
    for number in range(300):
        seen = seen.with_inbound(came(number), is_new=True)

    for number in range(300):
        seen = seen.with_inbound(came(number))
    seen = seen.with_outbound(late)

    assert (seen.inbound, seen.outbound) == (300, 1)


def test_a_reply_whose_first_telling_broke_off_is_counted_by_the_second():
    seen = NEW
    for number in range(1, 300):
        seen = seen.with_inbound(came(number), is_new=True)

    assert seen.with_inbound(came(300, minutes=290)).inbound == 300


def test_of_a_crowd_that_ends_at_one_moment_everybody_is_counted_whoever_is_told_last():
    seen = NEW
    for number in range(300):
        seen = seen.with_inbound(came(number, minutes=300 - number), is_new=True)

    assert seen.inbound == 300


@given(st.lists(st.integers(0, 120), max_size=300))
def test_whoever_is_told_again_in_whatever_order_the_count_is_that_of_the_messages(numbers):
    seen, known = NEW, set()
    for number in numbers:
        seen = seen.with_inbound(came(number), is_new=number not in known)
        known.add(number)

    assert seen.inbound == len(known)


def test_a_projection_of_an_earlier_version_counts_nothing_again():
    seen = replace(NEW.with_inbound(came(1)).with_outbound(ENDED), updated_at=NOON + 10 * MINUTE)
    document = seen.to_document()
    document["counted"] = [*document.pop("countedAt")]

    read = Conversation.from_document(document)

    assert read.with_inbound(came(1)).inbound == 1  # remembered
    assert read.with_inbound(came(2)).inbound == 1  # forgotten
    assert read.with_inbound(came(11)).inbound == 2
    assert Conversation.from_document(read.to_document()) == read


def test_records_come_back_from_their_documents():
    seen = NEW.with_outbound(LATE).with_inbound(a_reply())

    assert Conversation.from_document(seen.to_document()) == seen
    assert InboundMessage.from_document(a_reply().to_document()) == a_reply()


def test_the_same_provider_id_on_another_channel_is_another_message():
    assert a_reply(channel="sms").id != a_reply(channel="whatsapp").id


def test_nobody_reads_an_address_or_a_text_in_the_printed_form_of_a_reply():
    content = ReplyContent("text", "my words", "my choice", Media("m", "image/png", "my file", "my caption"))
    printed = repr(replace(a_reply(), content=content)) + repr(Reply("sms", "p", content, NOON, "14255550123"))

    assert "my " not in printed
    assert "1425" not in printed
