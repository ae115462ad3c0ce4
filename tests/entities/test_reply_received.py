from domain.serialization import from_document, to_document
from entities.conversation import REMEMBERED, ConversationState

NEW = ConversationState(finished={})


def a_reply(number=1, at="2026-11-22T12:00:00.000000Z"):
    return {"operationId": f"in-{number}", "channel": "whatsapp", "at": at}


def test_a_reply_is_counted_and_remembered_by_its_id():
    state = to_document(NEW.with_reply(a_reply()))

    assert state["replies"] == 1
    assert state["lastReply"] == {"messageId": "in-1", "channel": "whatsapp", "at": "2026-11-22T12:00:00.000000Z"}
    assert from_document(ConversationState, state) == NEW.with_reply(a_reply())


def test_a_reply_told_twice_counts_once():
    once = NEW.with_reply(a_reply())

    assert once.with_reply(a_reply()) == once


def test_the_latest_reply_is_the_last_in_whatever_order_they_come():
    early, late = a_reply(1), a_reply(2, "2026-11-22T12:00:01.000000Z")

    for first, second in ((early, late), (late, early)):
        seen = NEW.with_reply(first).with_reply(second)
        assert seen.last_reply
        assert (seen.last_reply["messageId"], seen.replies) == ("in-2", 2)


def test_a_state_of_before_there_were_replies_is_read():
    before = from_document(ConversationState, {"finished": {"delivered": 3}, "operations": ["message-1"], "schema": 1})

    assert before.with_reply(a_reply()).replies == 1


def test_the_state_stays_within_a_few_kilobytes():
    seen = NEW
    for number in range(3 * REMEMBERED):
        seen = seen.with_reply(a_reply(number))

    assert seen.replies == 3 * REMEMBERED
    assert len(str(to_document(seen))) < 4096
