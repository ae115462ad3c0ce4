"""Reports that come again and again: the record grows with their kinds, not with their number."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.messages.attempt import AN_OCCASION, Engagement, Reason, Receipt, Reported
from domain.messages.message import Message
from tests.domain.messages.records import MINUTE, NOON, a_message, with_attempt

HOUR = timedelta(hours=1)

moments = st.integers(0, 10_000).map(lambda minutes: NOON + minutes * MINUTE)
numbers = st.integers(1, 2)
reasons = st.sampled_from([None, Reason("bounced", "It bounced."), Reason("blocked", "It was blocked.")])
receipts = st.builds(Receipt, numbers, st.sampled_from(["sent", "failed", "delivered", "read"]), moments, reasons)
engagements = st.builds(Engagement, numbers, st.sampled_from(["opened", "clicked"]), moments)
reports = st.lists(st.one_of(receipts, engagements), max_size=60)
KINDS = 2 * (4 * 3 + 2)


def an_email() -> Message:
    return with_attempt(with_attempt(a_message(["sms", "email"]), "sms", "failed"), "email")


def after(message: Message, *news: Receipt | Engagement) -> Message:
    for each in news:
        message = message.with_receipt(each) if isinstance(each, Receipt) else message.with_engagement(each)
    return message


def kind_of(news: Receipt | Engagement) -> tuple[object, ...]:
    told = (news.status, news.reason) if isinstance(news, Receipt) else (news.kind, None)
    return (news.attempt, *told)


@given(reports)
def test_a_record_is_as_large_after_thousands_of_reports_as_after_one_of_each_kind(news):
    message = after(an_email(), *news)

    assert len(message.reported) == len({kind_of(each) for each in news}) <= KINDS
    assert len(json.dumps(message.to_document())) < 8_000


@given(reports, st.randoms(use_true_random=False))
def test_what_is_delivered_again_changes_nothing(news, chance):
    message = after(an_email(), *news)

    chance.shuffle(news)

    assert after(message, *news) == message


@given(reports, st.randoms(use_true_random=False))
def test_in_any_order_the_first_moment_is_exact_the_last_nearly_and_the_count_no_more_than_came(news, chance):
    shuffled = [*news]
    chance.shuffle(shuffled)
    one, other = after(an_email(), *news), after(an_email(), *shuffled)

    assert one.attempts == other.attempts
    for each in (*one.reported, *other.reported):
        at = {its.at for its in news if kind_of(its) == (each.attempt, each.kind, each.reason)}
        assert each.first_at == min(at)
        assert max(at) - AN_OCCASION < each.last_at <= max(at)
        assert 1 <= each.count <= len(at)


@given(reports)
def test_engagements_that_change_the_attempt_stand_in_the_record(news):
    """So one whose ring was lost rings when it comes again. Receipts ring in any case."""
    message = an_email()
    for each in news:
        before, message = message, after(message, each)
        assert isinstance(each, Receipt) or message.stands_for(each) or message == before


def test_six_hundred_opens_of_a_scanner_are_one_change():
    message, changes = an_email(), 0
    for second in range(600):
        before, message = message, message.with_engagement(Engagement(2, "opened", NOON + timedelta(seconds=second)))
        changes += message != before

    assert changes == 1
    assert message.reported == (Reported(2, "opened", NOON, NOON, count=1),)


def test_an_email_opened_on_three_days_was_opened_three_times():
    days = [NOON + day * 24 * HOUR for day in range(3)]

    message = after(an_email(), *(Engagement(2, "opened", day + MINUTE * n) for day in days for n in range(50)))

    assert message.reported == (Reported(2, "opened", days[0], days[2], count=3),)


def test_a_record_with_every_report_in_a_list_is_still_read():
    """As it was written before reports were bounded by kind."""
    old = after(an_email(), Receipt(2, "delivered", NOON)).to_document()
    del old["reported"]
    bounced = {"attempt": 1, "status": "failed", "at": "2026-11-22T12:00:00.000000Z"}
    old["receipts"] = [
        {**bounced, "reason": {"code": "bounced", "detail": "It bounced."}},
        {"attempt": 2, "status": "delivered", "at": "2026-11-22T12:00:00.000000Z"},
    ]
    old["engagements"] = [
        {"attempt": 2, "kind": "opened", "at": f"2026-11-22T{hour:02}:{minute:02}:00.000000Z"}
        for hour in (13, 15)
        for minute in range(60)
    ]

    message = Message.from_document(old)

    assert message.reported == (
        Reported(1, "failed", NOON, NOON, reason=Reason("bounced", "It bounced.")),
        Reported(2, "delivered", NOON, NOON),
        Reported(2, "opened", NOON + HOUR, NOON + 3 * HOUR, count=2),
    )
    assert Message.from_document(message.to_document()) == message
    assert not {"receipts", "engagements"} & message.to_document().keys()
