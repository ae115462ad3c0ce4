"""WhatsApp lets us answer freely for 24 hours after the customer's last message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.clock import to_text
from domain.customers.customer import MOST_WINDOWS, Customer
from domain.messages.message import Skip
from domain.messages.next_step import Finish, Send, next_step
from tests.domain.messages.records import ADA, ADDRESSES, MINUTE, NOON, a_message, with_attempt

DAY = timedelta(hours=24)
HOUR, NUMBER, OTHER = timedelta(hours=1), ADDRESSES["whatsapp"], "+14255550199"


def wrote(at, channel="whatsapp"):
    return ADA.having_written(channel, at, NUMBER)


@pytest.mark.parametrize(
    ("customer", "is_open"),
    [
        (ADA, True),
        (wrote(NOON - DAY + MINUTE), True),
        (wrote(NOON - DAY), False),
        (wrote(NOON - DAY, "sms"), True),
        (ADA.being_outside_window("whatsapp", NUMBER, NOON - MINUTE), False),
        (ADA.being_outside_window("whatsapp", NUMBER, NOON - 30 * DAY), False),
        (wrote(NOON - MINUTE).being_outside_window("whatsapp", NUMBER, NOON - 2 * MINUTE), True),
        (wrote(NOON - 2 * MINUTE).being_outside_window("whatsapp", NUMBER, NOON - MINUTE), False),
        (wrote(NOON - MINUTE).being_outside_window("whatsapp", NUMBER, NOON - MINUTE), False),
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
    assert next_step(a_message(["whatsapp"]), wrote(NOON - DAY), NOON).step == Finish("notSent")


def test_an_attempt_that_has_begun_is_not_skipped_when_the_window_closes():
    message = with_attempt(a_message(["whatsapp", "sms"]), "whatsapp", "sending")

    assert next_step(message, ADA.being_outside_window("whatsapp", NUMBER, NOON), NOON + MINUTE).step == Send(
        "whatsapp", attempt=1
    )


def test_other_channels_know_no_window():
    assert next_step(a_message(["sms"]), wrote(NOON - DAY, "sms"), NOON).step == Send("sms", attempt=1)


def test_the_latest_moment_stands_in_whatever_order_they_are_told():
    early, late = NOON, NOON + MINUTE

    def refused(customer, at):
        return customer.being_outside_window("whatsapp", NUMBER, at)

    assert wrote(early).having_written("whatsapp", late, NUMBER) == wrote(late).having_written(
        "whatsapp", early, NUMBER
    )
    assert refused(refused(ADA, early), late) == refused(ADA, late)
    assert refused(refused(ADA, late), early) == refused(ADA, late)


def test_what_we_have_learnt_of_a_customer_comes_back_from_the_document():
    customer = replace(wrote(NOON).having_written("sms", NOON - DAY), is_on_file=False).being_outside_window(
        "whatsapp", NUMBER, NOON
    )

    assert Customer.from_document(customer.to_document()) == customer


def step_to(number, customer, at=NOON):
    return next_step(a_message(["whatsapp", "sms"], to={"whatsapp": number}, created_at=at), customer, at).step


def test_a_customer_who_writes_from_one_of_two_numbers_is_answered_there_and_not_tried_in_vain_at_the_other():
    customer = ADA.being_outside_window("whatsapp", OTHER, NOON - MINUTE).having_written("whatsapp", NOON, NUMBER)

    assert step_to(NUMBER, customer) == Send("whatsapp", attempt=1)
    assert step_to(OTHER, customer) == Send("sms", attempt=1)


def test_a_refusal_at_one_number_says_nothing_of_the_other():
    customer = ADA.being_outside_window("whatsapp", OTHER, NOON)

    assert step_to(NUMBER, customer) == Send("whatsapp", attempt=1)


def test_a_number_is_one_in_all_its_spellings():
    customer = ADA.being_outside_window("whatsapp", "+5511987654321", NOON - MINUTE).having_written(
        "whatsapp", NOON, "551187654321"
    )

    assert step_to("+5511987654321", customer) == Send("whatsapp", attempt=1)


def test_who_writes_and_hides_their_number_may_be_answered_at_any():
    customer = ADA.being_outside_window("whatsapp", NUMBER, NOON - MINUTE).having_written(
        "whatsapp", NOON, "US.13491208655302741918"
    )

    assert step_to(NUMBER, customer) == Send("whatsapp", attempt=1)


def test_a_customer_has_no_more_windows_than_are_of_use_and_the_latest_stay():
    customer = ADA
    for number in range(30):
        customer = customer.having_written("whatsapp", NOON + number * MINUTE, f"+14255550{number:03}")

    assert len(customer.windows) == MOST_WINDOWS
    assert step_to("+14255550029", customer, NOON + HOUR) == Send("whatsapp", attempt=1)
    assert "4255550" not in str(customer.to_document()["windows"])


@pytest.mark.parametrize("learnt", [{"windowClosedAt": NOON - MINUTE}, {"lastInboundAt": {"whatsapp": NOON - DAY}}])
def test_what_an_earlier_version_knew_of_all_numbers_counts_until_something_is_learnt(learnt):
    document = ADA.to_document()
    del document["windows"]
    told = {
        name: to_text(it) if name == "windowClosedAt" else {"whatsapp": to_text(it["whatsapp"])}
        for name, it in learnt.items()
    }
    customer = Customer.from_document({**document, **told})

    assert step_to(NUMBER, customer) == Send("sms", attempt=1)
    assert step_to(NUMBER, customer.having_written("whatsapp", NOON, NUMBER)) == Send("whatsapp", attempt=1)
