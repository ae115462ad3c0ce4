"""Whatever is learnt about an attempt, in whatever order and however often, gives the same attempt."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.messages.answers import Accepted, Refused, TryLater, Unknown, answered
from domain.messages.attempt import Engagement, Reason, Receipt, rank
from domain.messages.next_step import Finish, Send, Wait, next_step
from tests.domain.messages.records import ADA, MINUTE, NOON, TIMEOUT, a_message, with_attempt

moments = st.integers(0, 20).map(lambda minutes: NOON + minutes * MINUTE)
reasons = st.sampled_from([None, Reason("bounced", "…"), Reason("blocked", "…")])
receipts = st.builds(
    Receipt, st.integers(1, 2), st.sampled_from(["sent", "failed", "delivered", "read"]), moments, reasons
)


@given(st.lists(receipts, max_size=6), st.randoms(use_true_random=False), st.integers(1, 3))
def test_receipts_in_any_order_and_any_number_give_the_same_attempts(reports, chance, copies):
    message = with_attempt(with_attempt(a_message(), "whatsapp", "timedOut"), "sms")
    shuffled = reports * copies
    chance.shuffle(shuffled)

    one, other = message, message
    for receipt in reports:
        one = one.with_receipt(receipt)
    for receipt in shuffled:
        other = other.with_receipt(receipt)

    assert one.attempts == other.attempts
    assert one.best == other.best


@given(st.lists(receipts, max_size=6))
def test_a_rank_once_reached_is_never_lost(reports):
    message = with_attempt(with_attempt(a_message(), "whatsapp"), "sms")
    for receipt in reports:
        before = message
        message = message.with_receipt(receipt)
        for old, new in zip(before.attempts, message.attempts, strict=True):
            assert rank(new.status) >= rank(old.status)


@given(st.sampled_from(["delivered", "read", "failed", "sent"]))
def test_the_answer_of_the_call_never_hides_a_report_that_was_faster(status):
    attempt = with_attempt(a_message(), "sms", "sending").with_receipt(Receipt(1, status, NOON)).attempts[0]
    reason = Reason("unavailable", "…")

    for answer in (Accepted("id"), TryLater(reason), Unknown(reason)):
        after = answered(attempt, answer, NOON + MINUTE)
        assert (after.status, after.reason, after.retry_at) == (status, None, None)


def test_a_call_that_was_not_made_is_no_try_whatever_was_learnt_meanwhile():
    later = TryLater(Reason("unavailable", "…"), timedelta(seconds=7), was_asked=False)
    attempt = with_attempt(a_message(), "sms", "sending").attempts[0]

    told_later = answered(attempt, later, NOON)

    assert (told_later.status, told_later.tries, told_later.retry_at) == ("sending", 0, NOON + timedelta(seconds=7))
    assert answered(attempt.raised_to("delivered", NOON), later, NOON).tries == 0


def test_a_provider_that_names_a_time_is_asked_again_then_and_not_before():
    attempt = with_attempt(a_message(), "sms", "sending").attempts[0]

    after = answered(attempt, TryLater(Reason("throttled", "…"), timedelta(seconds=30)), NOON)

    assert after.status == "sending"
    assert after.retry_at == NOON + timedelta(seconds=30)


def test_the_pause_after_an_unanswered_call_grows():
    attempt = with_attempt(a_message(), "sms", "sending").attempts[0]
    pauses = []
    for _ in range(12):
        attempt = answered(attempt, Unknown(Reason("noAnswer", "…")), NOON)
        assert attempt.retry_at
        pauses.append((attempt.retry_at - NOON).seconds)
        attempt = attempt.begun(NOON, repeat_window=MINUTE)

    assert pauses == [1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 900, 900]
    assert all(pause <= sum(pauses[:number]) + 1 for number, pause in enumerate(pauses))


def test_a_refusal_fails_the_attempt_with_its_reason():
    attempt = with_attempt(a_message(), "sms", "sending").attempts[0]

    after = answered(attempt, Refused(Reason("rejected", "…")), NOON)

    assert (after.status, after.reason) == ("failed", Reason("rejected", "…"))


def test_an_opened_email_has_been_read():
    message = with_attempt(a_message(["email"]), "email").with_engagement(Engagement(1, "opened", NOON))

    assert message.attempts[0].status == "read"
    assert message.with_engagement(Engagement(1, "opened", NOON)) == message


def test_a_report_on_an_attempt_that_does_not_exist_changes_nothing():
    message = with_attempt(a_message(), "sms")

    assert message.with_receipt(Receipt(7, "delivered", NOON)) == message


@given(st.lists(receipts, max_size=8))
def test_every_plan_ends_before_its_deadline_whatever_is_reported(pending):
    """Each decision is carried out, and each wait is cut short by a report while some are left."""
    message, now = a_message(), NOON
    for _ in range(200):
        decision = next_step(message, ADA, now)
        message = decision.message
        match decision.step:
            case Finish():
                assert now <= message.deadline
                return
            case Send(channel, number):
                assert all(earlier.is_settled or earlier.has_arrived for earlier in message.attempts[: number - 1])
                attempt = message.attempt(number)
                if attempt is None:
                    message = with_attempt(message, channel, "accepted", at=now)
                else:
                    message = message.with_attempt(attempt.begun(now, TIMEOUT).raised_to("accepted", now))
            case Wait(until):
                assert until > now
                if pending:
                    message = message.with_receipt(pending.pop(0))
                else:
                    now = until
    raise AssertionError("it goes on for ever")


def test_of_a_call_that_was_cut_off_nothing_is_known_though_its_repetition_is_told_to_come_later():
    """Otherwise a 503 to the repetition says that nothing was ever sent, and no window ends the repetitions."""
    attempt = with_attempt(a_message(["sms"]), "sms", "sending").attempts[0]

    again = answered(attempt.begun(NOON, MINUTE), TryLater(Reason("unavailable", "…")), NOON)

    message = a_message(["sms"]).with_attempt(replace(again, repeat_until=NOON + MINUTE))
    assert again.reason
    assert (again.status, again.reason.code) == ("unknown", "noAnswer")
    assert next_step(message, ADA, NOON + 0.9 * MINUTE).step == Send("sms", 1)
    assert next_step(message, ADA, NOON + 2 * MINUTE).step == Wait(NOON + TIMEOUT)


def test_our_own_refusal_fails_an_attempt_only_if_no_other_execution_has_begun_it_again():
    """The other may have had its permit before the customer said STOP."""
    begun = with_attempt(a_message(), "sms", "sending").attempts[0]
    stopped = Refused(Reason("optedOut", "…"), was_asked=False)

    assert answered(begun, stopped, NOON, begun).status == "failed"
    assert answered(replace(begun, tries=begun.tries + 1), stopped, NOON, begun).status == "unknown"
