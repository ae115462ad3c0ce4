"""What is still to be done for a message that has ended, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages.attempt import Engagement, Receipt
from domain.messages.message import Outcome
from domain.messages.retention import CONTENT, HISTORY, MOST_QUESTIONS, REPORTS, REPORTS_ARE_MISSING_AFTER, Retention
from tests.domain.messages.records import MINUTE, NOON, a_message, with_attempt

DAY = timedelta(days=1)
RETENTION = Retention(content=90 * DAY, messages=365 * DAY, history=30 * DAY)


def ended(message=None, **fields):
    """A message that ended at noon and has nothing left to tell."""
    return replace(message or a_message(), outcome=Outcome("delivered"), finished_at=NOON, **fields)


def sent(channel="sms", *news):
    """A message that its provider has accepted, and what was heard of it."""
    message = with_attempt(a_message(), channel, provider_message_id="theirs")
    for each in news:
        message = message.with_receipt(each) if isinstance(each, Receipt) else message.with_engagement(each)
    return message


def test_nothing_is_done_for_a_message_that_has_not_ended():
    assert RETENTION.chores(sent()) == {}
    assert RETENTION.tend_at(sent()) is None
    assert RETENTION.record_expires_in(sent(), NOON) is None


def test_history_and_content_are_kept_from_the_end_as_long_as_they_should():
    assert RETENTION.chores(ended()) == {HISTORY: NOON + 30 * DAY, CONTENT: NOON + 90 * DAY}
    assert RETENTION.tend_at(ended()) == NOON + 30 * DAY


def test_a_chore_that_is_done_is_not_done_again():
    assert RETENTION.tend_at(ended(tended=(HISTORY,))) == NOON + 90 * DAY
    assert RETENTION.tend_at(ended(tended=(HISTORY, CONTENT))) is None


def test_a_report_that_never_came_is_asked_for_an_hour_after_the_end():
    assert RETENTION.chores(ended(sent()))[REPORTS] == NOON + REPORTS_ARE_MISSING_AFTER
    assert RETENTION.tend_at(ended(sent(), tended=(REPORTS,))) == NOON + 30 * DAY


def test_a_provider_that_cannot_be_asked_is_asked_less_and_less_often_within_a_day():
    hours = [
        (RETENTION.chores(ended(sent(), asked_in_vain=times))[REPORTS] - NOON) / REPORTS_ARE_MISSING_AFTER
        for times in range(MOST_QUESTIONS)
    ]

    assert hours == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("news", [Receipt(1, "failed", NOON), Receipt(1, "sent", NOON), Engagement(1, "opened", NOON)])
def test_whatever_was_heard_of_an_attempt_it_was_reported(news):
    assert REPORTS not in RETENTION.chores(ended(sent("email", news)))


def test_an_attempt_that_no_provider_accepted_is_not_waited_for():
    refused = with_attempt(a_message(), "sms", "failed")

    assert REPORTS not in RETENTION.chores(ended(refused))


def test_of_several_attempts_each_has_to_be_reported():
    message = with_attempt(sent("sms"), "email", provider_message_id="theirs too")
    message = message.with_receipt(Receipt(2, "delivered", NOON + MINUTE))

    assert [attempt.number for attempt in message.unreported] == [1]


def test_what_expires_with_the_record_is_not_erased_before():
    as_long = Retention(content=365 * DAY, messages=365 * DAY, history=30 * DAY)

    assert as_long.chores(ended()) == {HISTORY: NOON + 30 * DAY}


def test_a_record_expires_so_long_after_its_end_whenever_it_is_written():
    assert RETENTION.record_expires_in(ended(), NOON) == 365 * DAY
    assert RETENTION.record_expires_in(ended(), NOON + 364 * DAY) == DAY
    assert RETENTION.record_expires_in(ended(), NOON + 400 * DAY) == timedelta(seconds=1)


def test_a_record_that_has_something_left_to_tell_does_not_expire():
    assert RETENTION.record_expires_in(ended(tell_at=NOON), NOON) is None


def test_a_message_id_is_kept_longer_than_any_record_it_names():
    latest_end = timedelta(days=40)

    assert RETENTION.message_ids >= latest_end + (RETENTION.record_expires_in(ended(), NOON) or timedelta.max)


def test_nothing_of_what_was_said_and_to_whom_is_left_when_content_is_erased():
    message = sent("email")
    message = replace(message, to={"email": "ada@example.com"})

    left = str(message.without_content().to_document())

    assert "example.com" not in left
    assert "parcel" not in left
    assert message.without_content().attempts[0].provider_message_id == "theirs"
