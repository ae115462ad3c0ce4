"""What a customer wants: the last word counts, in whatever order the words are learnt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.customers.caps import Cap, counting
from domain.customers.consent import MOST_STATEMENTS, Statement
from domain.customers.customer import Customer

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NOBODY = Customer("c", "c", is_on_file=False)
moments = st.integers(0, 4).map(lambda number: NOON + timedelta(minutes=number))
RECORDED = st.just(NOON + timedelta(days=1))
statements = st.builds(
    Statement, st.sampled_from(("granted", "pending", "withdrawn")), moments, st.just("form"), st.just("ada"), RECORDED
)
topics = st.sampled_from(("all", "news"))


def after(minutes):
    return NOON + timedelta(minutes=minutes)


def said(kind, at, customer=NOBODY, topic="news"):
    """Brought along from elsewhere: recorded later than it was said."""
    return customer.stating("sms", topic, Statement(kind, at, "web form", "ada", NOON + timedelta(days=1)))


@given(st.lists(st.tuples(topics, statements), max_size=6), st.randoms())
def test_order_and_repetition_change_nothing(words, random):
    shuffled = [*words, *words]
    random.shuffle(shuffled)

    one, other = NOBODY, NOBODY
    for topic, statement in words:
        one = one.stating("sms", topic, statement)
    for topic, statement in shuffled:
        other = other.stating("sms", topic, statement)

    assert one.consents == other.consents


@given(st.lists(st.tuples(topics, statements), max_size=6), st.none() | moments, st.none() | moments)
def test_nobody_agrees_who_has_not_granted_it_after_their_last_no(words, stopped_at, started_at):
    customer = NOBODY.having_said(stopped_at, started_at)
    for topic, statement in words:
        customer = customer.stating("sms", topic, statement)
    yes = [each.at for _, each in words if each.kind == "granted"]
    no = [each.at for _, each in words if each.kind == "withdrawn"]
    if stopped_at and not (started_at and started_at > stopped_at):
        no.append(stopped_at)

    wants = bool(yes) and (not no or max(yes) > max(no))
    assert customer.has_agreed("sms", "news") is (wants if yes or no else None)


def test_silence_is_no_consent_and_no_refusal():
    assert NOBODY.has_agreed("sms", "news") is None
    assert said("pending", NOON).has_agreed("sms", "news") is None


def test_evidence_from_before_a_withdrawal_lifts_nothing():
    withdrawn = said("withdrawn", after(5))

    assert said("granted", after(4), withdrawn).has_agreed("sms", "news") is False
    assert said("granted", after(5), withdrawn).has_agreed("sms", "news") is False
    assert said("granted", after(6), withdrawn).has_agreed("sms", "news") is True


def test_a_no_that_is_said_now_counts_though_another_workers_clock_is_ahead():
    agreed = said("granted", after(2))

    declined = agreed.stating("sms", "news", Statement("withdrawn", after(1), "one click", "customer", after(1)))

    assert declined.has_agreed("sms", "news") is False
    of_everything = said("granted", after(2), topic="all")
    declined = of_everything.stating("sms", "news", Statement("withdrawn", after(1), "page", "customer", after(1)))
    assert declined.has_agreed("sms", "news") is False


def test_a_word_about_everything_counts_for_a_topic_and_the_later_one_wins():
    agreed = said("granted", NOON, topic="all")
    assert agreed.has_agreed("sms", "news") is True
    assert agreed.has_agreed("email", "news") is None  # another channel

    without_news = said("withdrawn", after(1), agreed)
    assert (without_news.has_agreed("sms", "news"), without_news.has_agreed("sms", "offers")) == (False, True)
    assert said("granted", after(2), without_news, topic="all").has_agreed("sms", "news") is True


def test_stop_withdraws_what_was_agreed_before_it_and_start_gives_it_back():
    agreed = said("granted", NOON)
    stopped = agreed.having_said(after(1), None)

    assert stopped.has_agreed("sms", "news") is False
    assert said("granted", after(2), stopped).has_agreed("sms", "news") is True  # they changed their mind elsewhere
    assert stopped.having_said(None, after(3)).has_agreed("sms", "news") is True


def test_only_the_latest_statements_are_kept():
    customer = NOBODY
    for minute in range(2 * MOST_STATEMENTS):
        customer = said("granted" if minute % 2 else "withdrawn", after(minute), customer)

    assert [each.at for each in customer.consents["sms/news"]] == [after(minute) for minute in range(5, 10)]


def test_being_asked_again_and_again_forgets_no_withdrawal():
    customer = said("withdrawn", NOON, said("granted", NOON - timedelta(days=1), topic="all"))
    for minute in range(2 * MOST_STATEMENTS):
        customer = said("pending", after(minute), customer)

    assert customer.has_agreed("sms", "news") is False
    assert [each.kind for each in customer.consents["sms/news"]] == ["withdrawn", "pending"]


def test_it_is_waited_for_a_confirmation_only_while_nothing_else_was_said():
    asked = said("pending", after(1))

    assert asked.is_asked("sms", "news")
    assert not said("withdrawn", after(2), asked, topic="all").is_asked("sms", "news")
    assert not asked.having_said(after(2), None).is_asked("sms", "news")
    assert said("pending", after(3), asked.having_said(after(2), None)).is_asked("sms", "news")


def test_putting_a_customer_on_file_again_leaves_what_they_said():
    known = replace(said("withdrawn", NOON), sends={"m": NOON})

    assert Customer("c", "c").learnt(known).consents == known.consents


@given(st.lists(st.integers(0, 400), max_size=20), st.integers(1, 5))
def test_no_time_as_long_as_the_cap_holds_more_messages_than_it(hours, most):
    cap, sent = Cap(most, timedelta(days=2)), list[datetime]()
    sends: dict[str, datetime] = {}
    for number, hour in enumerate(sorted(hours)):
        now = NOON + timedelta(hours=hour)
        if not cap.is_reached(sends, f"m-{number}", now):
            sends = counting(sends, [cap], f"m-{number}", now)
            sent.append(now)

    for end in sent:
        assert sum(end - cap.within < at <= end for at in sent) <= most


def test_a_fallback_of_a_message_that_counts_has_its_place():
    cap = Cap(1, timedelta(days=1))
    sends = counting({}, [cap], "m-1", NOON)

    assert not cap.is_reached(sends, "m-1", after(10))
    assert cap.is_reached(sends, "m-2", after(10))
    assert not cap.is_reached(sends, "m-2", NOON + timedelta(days=1))
    assert counting(sends, [], "m-2", NOON) == {}  # without caps nothing is kept
