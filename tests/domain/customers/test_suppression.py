"""What is known of an address: the same, in whatever order and however often it is learnt."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from domain.customers.suppression import REASONS, Suppression, lifted, merged, started, stopped

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
minutes = st.integers(0, 5).map(lambda number: NOON + timedelta(minutes=number))
said = st.builds(
    Suppression,
    st.sampled_from(REASONS),
    at=minutes,
    until=st.none() | minutes,
    source=st.sampled_from(("reply", "report")),
    categories=st.sampled_from(((), ("marketing",), ("authentication",))),
)
words = st.builds(
    Suppression, st.sampled_from(("stop", "carrier")), at=st.none() | minutes, lifted_at=st.none() | minutes
)
CATEGORIES = ("marketing", "transactional", "authentication")
LATER = NOON + timedelta(hours=1)


@given(st.lists(said, max_size=5) | st.lists(words, max_size=5), st.randoms())
def test_order_and_repetition_change_nothing(news, random):
    shuffled = [*news, *news]
    random.shuffle(shuffled)

    one_by_one = merged((), ())
    for each in shuffled:
        one_by_one = merged(one_by_one, [each])

    assert one_by_one == merged((), news)


@given(st.lists(said, max_size=5), said, minutes)
def test_what_is_in_force_is_never_weakened(news, one_more, now):
    before, after = merged((), news), merged(merged((), news), [one_more])

    for category in CATEGORIES:
        was = any(each.stops(category, now) for each in (*before, one_more))
        assert not was or any(each.stops(category, now) for each in after)


@given(st.lists(said, max_size=6), minutes)
def test_nothing_but_start_or_a_lifting_ends_a_stop(news, now):
    """Above all no bounce that expires."""
    known = merged(merged((), stopped(NOON, "reply")), [each for each in news if each.reason != "stop"])

    assert any(each.stops("transactional", now) for each in known)


def test_the_latest_word_counts_and_of_two_at_once_it_is_stop():
    words = [
        stopped(NOON, "reply"),
        started(NOON + timedelta(minutes=1)),
        stopped(NOON + timedelta(minutes=2), "reply"),
        started(NOON + timedelta(minutes=2)),
    ]
    for order in permutations(words):
        known = merged((), [each for word in order for each in word])
        assert any(each.stops("transactional", LATER) for each in known), order
        known = merged(known, started(NOON + timedelta(minutes=3)))
        assert not any(each.stops("transactional", LATER) for each in known), order


def test_one_that_is_over_does_not_widen_a_narrower_one_that_comes_later():
    for_a_while = Suppression("manual", at=NOON, until=NOON + timedelta(minutes=5))
    from_marketing = Suppression("manual", at=NOON + timedelta(minutes=10), categories=("marketing",))
    known = merged((), [for_a_while, from_marketing])

    stopped_now = [it for it in CATEGORIES if any(each.stops(it, LATER) for each in known)]
    assert stopped_now == ["marketing"]
    over = merged(known, [lifted("manual", NOON + timedelta(minutes=11))])
    assert not any(each.stops("marketing", LATER) for each in over)


def test_an_opt_out_from_marketing_stops_no_parcel():
    known = Suppression("carrier", at=NOON, categories=("marketing",))

    assert [known.stops(category, LATER) for category in ("marketing", "transactional")] == [True, False]


def test_a_bounce_ends_by_itself_and_a_lifting_ends_its_own_reason_alone():
    bounce, complaint = Suppression("hardBounce", at=NOON, until=LATER), Suppression("complaint", at=NOON)
    known = merged((), [bounce, complaint, lifted("complaint", NOON + timedelta(minutes=1))])

    assert [each.reason for each in known if each.holds(NOON + timedelta(minutes=2))] == ["hardBounce"]
    assert [each.reason for each in known if each.holds(LATER)] == []
