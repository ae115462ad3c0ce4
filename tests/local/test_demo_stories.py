"""The checks of the demo."""

from collections.abc import Iterator
from itertools import count

import pytest

from local.demo_stories import faults, is_over, new_sightings, stories_of

AT_ONCE, SILENCE, THIRD_TIME, NOTHING_WORKS, STOP = stories_of("run")


def an_attempt(number, channel, status, provider_message_id=None, reason=None):
    attempt = {"attempt": number, "channel": channel, "status": status}
    if provider_message_id:
        attempt["providerMessageId"] = provider_message_id
    return {**attempt, "reason": {"code": reason, "detail": "in our words"}} if reason else attempt


def a_message(status, *attempts):
    return {"messageId": "message-1", "status": status, "channel": attempts[-1]["channel"], "attempts": list(attempts)}


def a_row(story, channel, provider_message_id):
    return {"channel": channel, "providerMessageId": provider_message_id, "content": {"text": story.text}}


def as_expected(story):
    """The message and the ledger's rows when all comes as it should."""
    ids: Iterator[int] = count(1)
    refused = {("Third time lucky", "sms")}
    attempts = [
        an_attempt(number, channel, status, None if (story.title, channel) in refused else f"provider-{next(ids)}")
        for number, (channel, status) in enumerate(story.attempts, start=1)
    ]
    named = [attempt for attempt in attempts if "providerMessageId" in attempt]
    rows = [a_row(story, attempt["channel"], attempt["providerMessageId"]) for attempt in named]
    return a_message(story.outcome, *attempts), rows


@pytest.mark.parametrize("story", stories_of("run"), ids=lambda story: story.title)
def test_a_story_that_came_as_it_should_has_no_faults(story):
    message, rows = as_expected(story)

    assert faults(story, message, rows) == []


def test_read_is_as_good_as_delivered():
    message = a_message("read", an_attempt(1, "sms", "read", "provider-1"))

    assert faults(AT_ONCE, message, [a_row(AT_ONCE, "sms", "provider-1")]) == []


def test_a_message_that_was_never_accepted_is_a_fault():
    assert faults(AT_ONCE, None, []) == ["it was never accepted"]


def test_a_message_that_is_not_over_is_a_fault():
    message = a_message("sent", an_attempt(1, "sms", "accepted", "provider-1"))

    assert faults(AT_ONCE, message, [a_row(AT_ONCE, "sms", "provider-1")]) == [
        "it should end delivered, and is sent",
        "its attempts should be sms delivered, and are sms accepted",
    ]


def test_an_attempt_too_few_is_a_fault_although_the_outcome_is_right():
    message, rows = as_expected(SILENCE)
    message["attempts"] = message["attempts"][1:]

    assert "its attempts should be whatsapp timedOut, sms delivered, and are sms delivered" in faults(
        SILENCE, message, rows[1:]
    )


def test_an_accepted_attempt_without_its_row_is_a_fault():
    message, _ = as_expected(AT_ONCE)

    assert faults(AT_ONCE, message, []) == ["the ledger should show 1 of sms provider-1, and shows 0"]


def test_two_rows_of_one_attempt_are_a_fault():
    message, rows = as_expected(AT_ONCE)

    assert faults(AT_ONCE, message, rows * 2) == ["the ledger should show 1 of sms provider-1, and shows 2"]


def test_a_row_that_no_attempt_knows_is_a_fault():
    message, rows = as_expected(THIRD_TIME)
    rows.append(a_row(THIRD_TIME, "sms", "provider-9"))

    assert faults(THIRD_TIME, message, rows) == ["the ledger should show 0 of no attempt provider-9, and shows 1"]


def test_the_rows_of_other_messages_and_other_runs_do_not_count():
    message, rows = as_expected(AT_ONCE)
    others = [a_row(story, "sms", "provider-1") for story in (SILENCE, *stories_of("another run"))]

    assert faults(AT_ONCE, message, rows + others) == []


def test_no_text_of_a_story_is_within_another_one():
    texts = [story.text for story in stories_of("run") + stories_of("run-1")]

    assert not [(one, other) for one in texts for other in texts if one != other and one in other]


def test_each_status_of_each_attempt_is_sighted_once():
    whatsapp = an_attempt(1, "whatsapp", "accepted")
    first = new_sightings(a_message("sent", whatsapp), [], 0.1)
    again = new_sightings(a_message("sent", whatsapp), first, 0.2)
    timed_out = an_attempt(1, "whatsapp", "timedOut", reason="noDeliveryReceipt")
    later = new_sightings(a_message("sent", timed_out, an_attempt(2, "sms", "accepted")), first, 3.0)

    assert again == []
    assert [(new.seconds, new.attempt, new.status, new.reason) for new in first + later] == [
        (0.1, 1, "accepted", None),
        (3.0, 1, "timedOut", "noDeliveryReceipt"),
        (3.0, 2, "accepted", None),
    ]


def test_only_an_outcome_ends_the_watching():
    sms = an_attempt(1, "sms", "delivered")

    assert not is_over(None)
    assert not is_over(a_message("sent", sms))
    assert is_over(a_message("delivered", sms))
    assert is_over(a_message("undelivered", sms))
