from dataclasses import replace
from datetime import timedelta

import pytest

from domain.customers.customer import Customer
from domain.errors import InvalidMessage
from domain.messages.message import Content
from domain.messages.proposal import Proposal
from domain.traits import CHANNELS
from tests.domain.messages.records import ADA, NOON


def a_proposal(**fields) -> Proposal:
    return Proposal(customer_id="ada", content=Content(text="Your parcel is here"), **fields)


def route_of(proposal: Proposal, customer: Customer | None):
    return proposal.to_message("m", "c", customer, NOON).route


def test_without_channels_those_the_customer_prefers_are_tried_and_else_all():
    preferring = replace(ADA, channels=("email", "sms"))

    assert [step.channel for step in route_of(a_proposal(), preferring)] == ["email", "sms"]
    assert [step.channel for step in route_of(a_proposal(), None)] == [*CHANNELS]


def test_the_timeout_defaults_to_ten_minutes_and_to_fifteen_for_email():
    minutes = {step.channel: step.timeout.total_seconds() / 60 for step in route_of(a_proposal(), None)}

    assert minutes == {"whatsapp": 10, "sms": 10, "email": 15}


@pytest.mark.parametrize(("field", "name"), [("send_at", "sendAt"), ("expires_at", "expiresAt")])
@pytest.mark.parametrize(
    "by", [timedelta(minutes=-5), timedelta(hours=-1), timedelta(days=30, seconds=1), timedelta(days=9999)]
)
def test_a_time_lies_ahead_and_at_most_thirty_days(field, name, by):
    with pytest.raises(InvalidMessage) as refusal:
        a_proposal(**{field: NOON + by}).check_times(NOON)

    assert refusal.value.errors == ((name, "outOfRange", "must lie ahead, at most 30 days"),)


def test_a_time_to_send_that_has_just_passed_counts_as_now_and_an_expiry_does_not():
    just_now = NOON - timedelta(minutes=4)
    late = a_proposal(send_at=just_now)
    late.check_times(NOON)

    assert late.to_message("m-1", "c-1", None, NOON).send_at is None
    with pytest.raises(InvalidMessage):
        a_proposal(expires_at=just_now).check_times(NOON)


def test_the_furthest_times_are_allowed():
    a_proposal(send_at=NOON + timedelta(milliseconds=1), expires_at=NOON + timedelta(days=30)).check_times(NOON)


def test_a_message_does_not_expire_before_it_is_sent():
    tomorrow = NOON + timedelta(days=1)

    with pytest.raises(InvalidMessage) as refusal:
        a_proposal(send_at=tomorrow, expires_at=tomorrow).check_times(NOON)

    assert refusal.value.errors == (("expiresAt", "contradiction", "must be later than sendAt"),)
