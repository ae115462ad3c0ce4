from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages.attempt import Reason, Receipt
from domain.messages.message import Content, Outcome, RouteStep, Skip
from domain.messages.next_step import Finish, Send, Wait, address_of, next_step, why_never
from domain.traits import CHANNELS
from tests.domain.messages.records import ADA, ADDRESSES, MINUTE, NOON, TIMEOUT, a_message, with_attempt

DELIVERED = Receipt(attempt=1, status="delivered", at=NOON)


def test_the_preferred_channel_is_tried_first():
    assert next_step(a_message(["sms", "email"]), ADA, NOON).step == Send("sms", attempt=1)


def test_a_report_is_waited_for_until_its_timeout():
    message = with_attempt(a_message(["sms", "email"]), "sms")

    assert next_step(message, ADA, NOON).step == Wait(NOON + TIMEOUT)


def test_silence_beyond_the_timeout_moves_on_to_the_next_channel_and_is_marked():
    message = with_attempt(a_message(["sms", "email"]), "sms")

    decision = next_step(message, ADA, NOON + TIMEOUT)

    assert decision.step == Send("email", attempt=2)
    assert decision.message.attempts[0].status == "timedOut"
    assert decision.message.attempts[0].reason == Reason("noDeliveryReceipt", "No delivery receipt came within PT300S.")


def test_a_failure_moves_on_at_once():
    message = with_attempt(a_message(["sms", "email"]), "sms", "failed")

    assert next_step(message, ADA, NOON).step == Send("email", attempt=2)


def test_a_delivered_report_ends_the_plan():
    message = with_attempt(a_message(["sms", "email"]), "sms").with_receipt(DELIVERED)

    decision = next_step(message, ADA, NOON + MINUTE)

    assert decision.step == Finish("delivered", channel="sms", attempt=1)
    assert decision.message.outcome == Outcome("delivered", "sms", 1)
    assert decision.message.finished_at == NOON + MINUTE


def test_a_late_receipt_from_an_earlier_channel_stops_the_fallback():
    message = with_attempt(a_message(["email", "sms", "whatsapp"]), "email", "timedOut")

    message = message.with_receipt(DELIVERED)

    assert next_step(message, ADA, NOON).step == Finish("delivered", channel="email", attempt=1)


def test_a_late_receipt_ends_the_plan_although_the_fallback_is_under_way():
    message = with_attempt(with_attempt(a_message(["email", "sms"]), "email", "timedOut"), "sms")

    message = message.with_receipt(DELIVERED)

    assert next_step(message, ADA, NOON).step == Finish("delivered", channel="email", attempt=1)
    assert message.is_duplicate(message.attempts[1])
    assert not message.is_duplicate(message.attempts[0])


def test_when_every_channel_has_failed_the_message_is_undelivered():
    message = with_attempt(with_attempt(a_message(["email", "sms"]), "email", "failed"), "sms", "failed")

    assert next_step(message, ADA, NOON).step == Finish("undelivered")


def test_a_channel_without_an_address_is_skipped_and_takes_no_number():
    customer = replace(ADA, contact_points={"email": "ada@example.com"})

    decision = next_step(a_message(["sms", "email"]), customer, NOON)

    assert decision.step == Send("email", attempt=1)
    assert decision.message.skipped == (Skip("sms", Reason("noAddress", "The customer has no address for sms.")),)


def test_a_message_to_nobody_we_can_reach_ends_as_not_sent_at_once():
    assert next_step(a_message(["sms", "email"]), None, NOON).step == Finish("notSent")


contents = st.builds(
    Content, text=st.sampled_from([None, "Hello", "x" * 2049, "x" * 4097]), html=st.sampled_from([None, "<p>Hello</p>"])
)
addresses = st.lists(st.sampled_from(CHANNELS)).map(lambda channels: {it: ADDRESSES[it] for it in channels})
routes = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True)
customers = st.none() | st.builds(
    replace, st.just(ADA), contact_points=addresses, window_closed_at=st.sampled_from([None, NOON])
)


@given(contents, addresses, routes, customers)
def test_what_is_refused_at_acceptance_is_what_would_end_as_not_sent_at_once(content, to, route, customer):
    message = a_message(route, content=content, to=to)
    decision = next_step(message, customer, NOON)
    reasons = why_never(message, customer)
    skipped = [skip.reason for skip in decision.message.skipped]

    if reasons:
        assert decision.step == Finish("notSent")
        assert reasons == skipped
    else:
        assert isinstance(decision.step, Send) or "outsideWindow" in [reason.code for reason in skipped]


def test_a_closed_window_is_a_matter_of_time_and_nothing_to_refuse():
    assert why_never(a_message(["whatsapp"]), ADA.being_outside_window("whatsapp", ADDRESSES["whatsapp"], NOON)) == []


def test_an_address_in_the_message_goes_before_the_one_on_file_and_needs_none():
    assert next_step(a_message(["sms"], to={"sms": "+14255550199"}), None, NOON).step == Send("sms", attempt=1)


def test_a_text_too_long_for_sms_goes_by_email():
    message = a_message(["sms", "email"], content=Content(text="é" * 2049))

    assert next_step(message, ADA, NOON).step == Send("email", attempt=1)


def test_html_alone_goes_by_email():
    message = a_message(["whatsapp", "email"], content=Content(html="<p>Hello</p>"))

    decision = next_step(message, ADA, NOON)

    assert decision.step == Send("email", attempt=1)
    assert decision.message.skipped[0].reason.code == "noText"


def test_a_message_for_later_waits_for_its_time():
    message = a_message(["sms"], send_at=NOON + MINUTE)

    assert message.status == "scheduled"
    assert next_step(message, ADA, NOON).step == Wait(NOON + MINUTE)
    assert next_step(message, ADA, NOON + MINUTE).step == Send("sms", attempt=1)


def test_no_attempt_begins_after_the_message_has_expired():
    message = with_attempt(a_message(["sms", "email"], expires_at=NOON + MINUTE), "sms")

    assert next_step(message, ADA, NOON).step == Wait(NOON + MINUTE)
    assert next_step(message, ADA, NOON + MINUTE).step == Finish("expired")


def test_an_outcome_once_written_stays():
    message = a_message(outcome=Outcome("undelivered"))

    assert next_step(message, ADA, NOON).step == Finish("undelivered")


def test_a_late_report_raises_the_status_of_a_message_that_has_ended_but_not_its_outcome():
    ended = next_step(with_attempt(a_message(["sms"]), "sms"), ADA, NOON + TIMEOUT).message

    late = ended.with_receipt(Receipt(1, "delivered", NOON + 2 * TIMEOUT))

    assert (ended.status, late.status) == ("undelivered", "delivered")
    assert late.outcome == Outcome("undelivered")


def test_a_message_that_was_sent_keeps_its_channel_when_it_fails_later():
    ended = next_step(with_attempt(a_message([RouteStep("sms", TIMEOUT, "sent"), "email"]), "sms"), ADA, NOON).message

    late = ended.with_receipt(Receipt(1, "failed", NOON + MINUTE, Reason("unreachable", "…")))

    assert (late.status, late.best and late.best.channel, late.attempts[0].status) == ("sent", "sms", "failed")


reports = st.builds(Receipt, st.integers(1, 2), st.sampled_from(["sent", "failed", "delivered", "read"]), st.just(NOON))
steps = st.builds(
    RouteStep, st.sampled_from(CHANNELS), st.just(TIMEOUT), st.sampled_from(["sent", "delivered", "read"])
)


@given(
    st.lists(steps, min_size=2, max_size=2, unique_by=lambda step: step.channel),
    st.lists(reports),
    st.lists(reports),
)
def test_a_message_that_has_ended_never_loses_its_channel(route, early, late):
    message = a_message(route)
    for step in route:
        message = with_attempt(message, step.channel)
    for report in early:
        message = message.with_receipt(report)

    message = next_step(message, ADA, NOON + 2 * TIMEOUT).message

    assert message.outcome
    channel = message.outcome.channel
    assert (message.best.channel if message.best else None) == channel
    for report in late:
        message = message.with_receipt(report)
        assert message.best or not channel


@pytest.mark.parametrize(
    ("status", "confirm", "outcome"),
    [
        ("accepted", "delivered", Outcome("cancelled")),
        ("accepted", "sent", Outcome("sent", "email", 1)),
        ("delivered", "delivered", Outcome("delivered", "email", 1)),
        ("delivered", "read", Outcome("delivered", "email", 1)),
    ],
)
def test_a_message_whose_workflow_was_terminated_ends_as_what_it_is(status, confirm, outcome):
    sent = with_attempt(a_message([RouteStep("email", TIMEOUT, confirm), "sms"]), "email", status)

    ended = next_step(replace(sent, terminated_at=NOON), None, NOON).message

    assert ended.outcome == outcome
    assert ended.status == outcome.status


def test_a_crash_between_record_and_call_repeats_the_same_attempt():
    message = with_attempt(a_message(["sms"]), "sms", "sending")

    assert next_step(message, ADA, NOON + MINUTE).step == Send("sms", attempt=1)


def test_an_unanswered_call_is_repeated_after_a_pause():
    message = with_attempt(a_message(["sms"]), "sms", "unknown", retry_at=NOON + MINUTE)

    assert next_step(message, ADA, NOON).step == Wait(NOON + MINUTE)
    assert next_step(message, ADA, NOON + MINUTE).step == Send("sms", attempt=1)


def test_an_unanswered_call_is_not_repeated_once_the_provider_may_have_forgotten_its_id():
    patient = a_message([RouteStep("sms", 60 * MINUTE), "email"])
    message = with_attempt(patient, "sms", "unknown", retry_at=NOON)

    assert next_step(message, ADA, NOON + 10 * MINUTE).step == Wait(NOON + 60 * MINUTE)
    assert next_step(message, ADA, NOON + 60 * MINUTE).step == Send("email", attempt=2)


@pytest.mark.parametrize("status", ["sending", "unknown"])
def test_who_would_rather_miss_a_message_than_get_it_twice_is_not_asked_again(status):
    message = with_attempt(a_message(["sms"], if_unknown="stop"), "sms", status)

    assert next_step(message, ADA, NOON).step == Wait(NOON + TIMEOUT)


def test_a_throttled_call_is_repeated_even_for_those_since_nothing_was_sent():
    message = with_attempt(a_message(["sms"], if_unknown="stop"), "sms", "sending", retry_at=NOON + MINUTE)

    assert next_step(message, ADA, NOON + MINUTE).step == Send("sms", attempt=1)


def test_a_channel_that_stays_throttled_gives_way_when_its_timeout_is_over_and_says_why():
    throttled = Reason("throttled", "…")
    message = with_attempt(a_message(["sms", "email"]), "sms", "sending", retry_at=NOON + 9 * MINUTE, reason=throttled)

    assert next_step(message, ADA, NOON).step == Wait(NOON + TIMEOUT)
    decision = next_step(message, ADA, NOON + TIMEOUT)
    assert decision.step == Send("email", attempt=2)
    assert decision.message.attempts[0].reason == throttled


def test_who_asks_for_a_read_message_gets_the_next_channel_when_it_was_only_delivered():
    message = with_attempt(a_message([RouteStep("whatsapp", TIMEOUT, "read"), "sms"]), "whatsapp").with_receipt(
        DELIVERED
    )

    assert next_step(message, ADA, NOON).step == Wait(NOON + TIMEOUT)
    assert next_step(message, ADA, NOON + TIMEOUT).step == Send("sms", attempt=2)


def test_a_delivered_message_that_nobody_read_counts_as_delivered_when_no_later_channel_does_better():
    message = with_attempt(a_message([RouteStep("whatsapp", TIMEOUT, "read"), "sms"]), "whatsapp").with_receipt(
        DELIVERED
    )
    message = with_attempt(message, "sms", "failed")

    assert next_step(message, ADA, NOON + TIMEOUT).step == Finish("delivered", "whatsapp", 1)


def test_who_is_content_with_sent_does_not_wait_for_a_report():
    message = with_attempt(a_message([RouteStep("sms", TIMEOUT, "sent")]), "sms", "accepted")

    assert next_step(message, ADA, NOON).step == Finish("sent", "sms", 1)


def test_whatsapp_counts_as_sent_only_when_it_says_so():
    message = with_attempt(a_message([RouteStep("whatsapp", TIMEOUT, "sent")]), "whatsapp", "accepted")

    assert next_step(message, ADA, NOON).step == Wait(NOON + TIMEOUT)
    assert next_step(message.with_receipt(Receipt(1, "sent", NOON)), ADA, NOON).step == Finish("sent", "whatsapp", 1)


def test_the_workflow_is_told_ids_and_numbers_only():
    message = a_message(["sms", "email"])

    sending = next_step(message, ADA, NOON).to_payload()
    waiting = next_step(with_attempt(message, "sms"), ADA, NOON).to_payload()
    done = next_step(with_attempt(message, "sms").with_receipt(DELIVERED), ADA, NOON).to_payload()

    progress = {"status": "sending", "channel": "sms", "attempt": 1, "until": None}
    assert sending == {
        "kind": "send",
        "activity": "send",
        "input": {"channel": "sms", "attempt": 1},
        "progress": progress,
    }
    until = "2026-11-22T12:05:00.000000Z"
    assert waiting == {
        "kind": "wait",
        "until": until,
        "activity": "take_next_step",
        "input": {},
        "progress": {"status": "sent", "channel": "sms", "attempt": 1, "until": until},
    }
    outcome = {"status": "delivered", "channel": "sms", "attempt": 1}
    assert done == {"kind": "finish", "outcome": outcome, "progress": {**outcome, "until": None}}


def test_a_domain_that_was_put_on_file_in_other_letters_is_written_to_as_it_travels():
    on_file = replace(ADA, contact_points={"email": "ada@bücher.example.com", "sms": "+14255550123"})

    assert address_of(a_message(), on_file, "email") == "ada@xn--bcher-kva.example.com"
    assert address_of(a_message(), on_file, "sms") == "+14255550123"
