"""WhatsApp lets us answer freely for 24 hours after the customer's last message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from delivery.customer import Customer
from delivery.message import Skip
from delivery.next_step import Finish, Send, next_step
from tests.delivery.records import ADA, MINUTE, NOON, a_message, with_attempt

DAY = timedelta(hours=24)


def wrote(at, channel="whatsapp"):
    return ADA.having_written(channel, at)


@pytest.mark.parametrize(
    ("customer", "is_open"),
    [
        (ADA, True),
        (wrote(NOON - DAY + MINUTE), True),
        (wrote(NOON - DAY), False),
        (wrote(NOON - DAY, "sms"), True),
        (ADA.being_outside_window(NOON - MINUTE), False),
        (ADA.being_outside_window(NOON - 30 * DAY), False),
        (wrote(NOON - MINUTE).being_outside_window(NOON - 2 * MINUTE), True),
        (wrote(NOON - 2 * MINUTE).being_outside_window(NOON - MINUTE), False),
        (wrote(NOON - MINUTE).being_outside_window(NOON - MINUTE), False),
    ],
    ids=[
        "nothing is known",
        "wrote within the day",
        "wrote a day ago",
        "wrote by another channel",
        "was refused",
        "was refused long ago, and has not written since",
        "wrote since the refusal",
        "was refused since writing",
        "was refused at the moment of writing",
    ],
)
def test_whatsapp_is_tried_unless_its_window_is_known_to_be_closed(customer, is_open):
    step = next_step(a_message(["whatsapp", "sms"]), customer, NOON).step

    assert step == Send("whatsapp" if is_open else "sms", attempt=1)


def test_the_skipped_channel_is_told_with_its_reason():
    message = next_step(a_message(["whatsapp"]), wrote(NOON - DAY), NOON).message

    [skipped] = message.skipped
    assert isinstance(skipped, Skip)
    assert (skipped.channel, skipped.reason.code) == ("whatsapp", "outsideWindow")
    assert next_step(a_message(["whatsapp"]), wrote(NOON - DAY), NOON).step == Finish("undelivered")


def test_an_attempt_that_has_begun_is_not_skipped_when_the_window_closes():
    message = with_attempt(a_message(["whatsapp", "sms"]), "whatsapp", "sending")

    assert next_step(message, ADA.being_outside_window(NOON), NOON + MINUTE).step == Send("whatsapp", attempt=1)


def test_other_channels_know_no_window():
    assert next_step(a_message(["sms"]), wrote(NOON - DAY, "sms"), NOON).step == Send("sms", attempt=1)


def test_the_latest_moment_stands_in_whatever_order_they_are_told():
    early, late = NOON, NOON + MINUTE

    assert wrote(early).having_written("whatsapp", late) == wrote(late).having_written("whatsapp", early)
    assert ADA.being_outside_window(early).being_outside_window(late) == ADA.being_outside_window(late)
    assert ADA.being_outside_window(late).being_outside_window(early) == ADA.being_outside_window(late)


def test_what_we_have_learnt_of_a_customer_comes_back_from_the_document():
    customer = replace(wrote(NOON).having_written("sms", NOON - DAY), is_on_file=False).being_outside_window(NOON)

    assert Customer.from_document(customer.to_document()) == customer
