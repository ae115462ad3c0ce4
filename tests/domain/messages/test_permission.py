"""Who may get what: whatever a customer said, in whatever order, no step sends what they do not want."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.customers.caps import Cap
from domain.customers.consent import Statement
from domain.messages.next_step import Finish, Send, Wait, next_step
from domain.messages.rules import Rules
from tests.domain.messages.records import ADA, NOON, a_message

CHANNELS = ("whatsapp", "sms", "email")
moments = st.integers(-5, -1).map(lambda minutes: NOON + timedelta(minutes=minutes))
statements = st.builds(
    Statement,
    st.sampled_from(("granted", "pending", "withdrawn")),
    moments,
    st.just("form"),
    st.just("ada"),
    st.just(NOON),
)
said = st.lists(st.tuples(st.sampled_from(CHANNELS), st.sampled_from(("all", "news")), statements), max_size=6)
words = st.none() | moments
sends = st.dictionaries(st.sampled_from(["m-1", "m-2", "m-3"]), moments, max_size=3)
ONE_A_DAY = Rules(caps=(Cap(2, timedelta(days=1)),))


def a_customer(said, stopped_at, started_at, sends):
    customer = replace(ADA, sends=sends).having_said(stopped_at, started_at)
    for channel, topic, statement in said:
        customer = customer.stating(channel, topic, statement)
    return customer


def is_wanted(said, stopped_at, started_at, channel, topics):
    """Written differently from the code: the last yes is later than the last no."""
    mine = [statement for on, topic, statement in said if on == channel and topic in topics]
    yes = [each.at for each in mine if each.kind == "granted"]
    no = [each.at for each in mine if each.kind == "withdrawn"]
    no += [stopped_at] if stopped_at and not (started_at and started_at > stopped_at) else []
    return bool(yes) and (not no or max(yes) > max(no))


@given(said, words, words, sends, st.sampled_from((None, "news")))
def test_marketing_leaves_by_the_first_channel_on_which_it_is_wanted_or_not_at_all(
    said, stopped_at, started_at, sends, topic
):
    customer = a_customer(said, stopped_at, started_at, sends)
    message = a_message(CHANNELS, category="marketing", topic=topic)
    topics = {"all", topic or "all"}
    wanted = [channel for channel in CHANNELS if is_wanted(said, stopped_at, started_at, channel, topics)]

    decision = next_step(message, customer, NOON, ONE_A_DAY)

    expected = Send(wanted[0], 1) if wanted and len(sends) < 2 else Finish("notSent")
    assert decision.step == expected
    refused = {skip.channel: skip.reason.code for skip in decision.message.skipped}
    assert set(refused.values()) <= {"noConsent", "optedOut", "frequencyCap"}
    assert ("frequencyCap" in refused.values()) is (bool(wanted) and len(sends) >= 2)


@given(said, words, words, sends)
def test_other_messages_leave_unless_this_very_topic_was_declined(said, stopped_at, started_at, sends):
    customer = a_customer(said, stopped_at, started_at, sends)
    parcel, code = a_message(["sms"], topic="news"), a_message(["sms"], topic="news", category="authentication")
    of_topic = [statement for on, topic, statement in said if (on, topic) == ("sms", "news")]
    last = max(
        (each for each in of_topic if each.kind != "pending"),
        key=lambda each: (each.at, each.kind == "withdrawn"),
        default=None,
    )

    is_declined = last is not None and last.kind == "withdrawn"
    assert isinstance(next_step(parcel, customer, NOON, ONE_A_DAY).step, Finish if is_declined else Send)
    assert isinstance(next_step(code, customer, NOON, ONE_A_DAY).step, Send)


def test_what_may_mean_stop_holds_marketing_until_something_is_recorded():
    agreed = a_customer([("sms", "all", Statement("granted", NOON, "form", "ada", NOON))], None, None, {})
    unclear = agreed.having_written_unclearly(NOON + timedelta(minutes=1))
    message, later = a_message(["sms"], category="marketing"), NOON + timedelta(minutes=2)

    assert isinstance(next_step(message, unclear, later).step, Wait)
    assert isinstance(next_step(a_message(["sms"]), unclear, later).step, Send)
    asked, imported = Statement("pending", later, "x", "y", later), Statement("granted", NOON, "x", "y", later)
    for statement in (asked, imported):
        again = unclear.stating("email", "all", statement)
        assert isinstance(next_step(message, again, later).step, Wait), statement.kind
    again = unclear.stating("email", "all", Statement("granted", later, "call", "ada", later))
    assert isinstance(next_step(message, again, later).step, Send)
