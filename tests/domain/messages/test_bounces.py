"""Delivered by email means that a mail server has taken it. It may come back later."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversations.conversation import Conversation
from domain.messages.attempt import Reason, Receipt
from domain.messages.message import Message, Outcome, RouteStep
from domain.messages.next_step import Finish, Send, Wait, next_step
from tests.domain.messages.records import ADA, MINUTE, NOON, TIMEOUT, a_message, with_attempt

BOUNCE = Reason("bounced", "It bounced.")
LATER = NOON + MINUTE

moments = st.integers(0, 20).map(lambda minutes: NOON + minutes * MINUTE)
reasons = st.sampled_from([None, BOUNCE, Reason("blocked", "It was blocked.")])
statuses = st.sampled_from(["failed", "delivered", "read"])
reports = st.lists(st.builds(Receipt, st.just(1), statuses, moments, reasons), max_size=8)


def an_email(confirm: str = "delivered") -> Message:
    return with_attempt(a_message([RouteStep("email", TIMEOUT, confirm), "sms"]), "email")


def delivered(at: datetime = NOON) -> Receipt:
    return Receipt(1, "delivered", at)


def failed(at: datetime = LATER) -> Receipt:
    return Receipt(1, "failed", at, BOUNCE)


def after(message: Message, *receipts: Receipt) -> Message:
    for receipt in receipts:
        message = message.with_receipt(receipt)
    return message


@given(reports, st.randoms(use_true_random=False), st.integers(1, 3))
def test_reports_on_an_email_in_any_order_and_any_number_give_the_same_attempt(receipts, chance, copies):
    shuffled = receipts * copies
    chance.shuffle(shuffled)

    assert after(an_email(), *receipts).attempts == after(an_email(), *shuffled).attempts


@given(reports, st.builds(Receipt, st.just(1), statuses, moments, reasons))
def test_what_has_bounced_is_never_delivered_again_unless_it_was_read(receipts, another):
    [before] = after(an_email(), *receipts).attempts
    [attempt] = after(an_email(), *receipts, another).attempts

    assert not before.has_bounced or attempt.has_bounced or attempt.status == "read"
    assert before.bounced_at is None or attempt.bounced_at


@pytest.mark.parametrize("receipts", [(delivered(), failed()), (failed(), delivered())])
def test_an_email_that_comes_back_opens_the_next_step_of_a_plan_that_goes_on(receipts):
    waiting = after(an_email("read"), delivered())
    assert isinstance(next_step(waiting, ADA, LATER).step, Wait)

    bounced = after(an_email("read"), *receipts)

    assert next_step(bounced, ADA, LATER).step == Send("sms", attempt=2)
    assert (bounced.attempts[0].bounced_at, bounced.attempts[0].failure) == (LATER, BOUNCE)
    assert not bounced.is_duplicate(bounced.attempts[0])
    assert bounced.may_still_arrive == []


def test_the_fallback_is_what_arrived_when_the_email_came_back():
    message = with_attempt(after(an_email("read"), delivered(), failed()), "sms").with_receipt(
        Receipt(2, "delivered", LATER + MINUTE)
    )

    assert next_step(message, ADA, LATER + MINUTE).step == Finish("delivered", "sms", 2)
    assert not message.is_duplicate(message.attempts[0])


def test_an_email_that_comes_back_after_the_end_is_told_and_announced_and_sends_nothing():
    ended = next_step(after(an_email(), delivered()), ADA, NOON).message

    late = ended.with_receipt(failed()).announcing(ended, LATER)

    assert (late.status, late.outcome, late.best and late.best.channel) == (
        "bounced",
        Outcome("delivered", "email", 1),
        "email",
    )
    assert [(notice.status, notice.channel, notice.attempt) for notice in late.outbox] == [("bounced", "email", 1)]
    assert next_step(late, ADA, LATER).step == Finish("delivered", "email", 1)


def test_a_conversation_shows_the_bounce_in_whatever_order_it_is_told():
    ended = next_step(after(an_email(), delivered()), ADA, NOON).message
    bounced, new = ended.with_receipt(failed()), Conversation("conv-456", ADA.id, ADA.external_id)

    for told in ((ended, bounced), (bounced, ended)):
        shown = new.with_outbound(told[0]).with_outbound(told[1])
        assert shown.last
        assert (shown.last.status, shown.last.channel, shown.outbound) == ("bounced", "email", 1)


def test_an_email_that_somebody_has_opened_has_arrived_whatever_is_told_later():
    read = after(an_email("read"), delivered(), Receipt(1, "read", LATER), failed(LATER + MINUTE))

    assert next_step(read, ADA, LATER + MINUTE).step == Finish("read", "email", 1)
    assert read.attempts[0].bounced_at == LATER + MINUTE


@pytest.mark.parametrize("at", [NOON, NOON - MINUTE])
def test_a_failure_that_was_not_later_than_the_delivery_is_no_bounce(at):
    assert next_step(after(an_email(), failed(at), delivered(NOON)), ADA, NOON).step == Finish("delivered", "email", 1)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_what_a_phone_has_got_it_has_got(channel):
    message = after(with_attempt(a_message([channel]), channel), delivered(), failed())

    assert next_step(message, ADA, LATER).step == Finish("delivered", channel, 1)
    assert message.attempts[0].bounced_at is None


def test_a_bounce_comes_back_from_the_document_and_an_older_document_is_read():
    message = after(an_email(), delivered(), failed())
    document = message.to_document()

    assert Message.from_document(document) == message
    for name in ("failedAt", "failure"):
        del document["attempts"][0][name]
    assert Message.from_document(document).attempts[0].status == "delivered"
