"""What happens when a customer is erased, whatever is seen in whatever order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.customers.erasure import LATE_AFTER, QUIET_FOR, Erasure, Seen, next_move

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NEW = Erasure("e", "ck_1", NOON, "ada", "c", addresses=("a",), due_at=NOON)
SEEN = st.builds(
    Seen,
    kept=st.dictionaries(st.sampled_from(["messages", "replies", "addresses"]), st.integers(1, 5)),
    in_flight=st.integers(0, 2),
    last_end=st.none() | st.integers(-300, 0).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    is_empty=st.booleans(),
)
RANK = {"stopping": 0, "erasing": 1, "erased": 2, "completed": 3}


def looked(erasure, seen, now=NOON):
    return next_move(erasure, seen, now)


def test_nothing_is_deleted_while_a_message_is_in_flight_or_has_just_ended():
    waiting = looked(NEW, Seen({"messages": 1}, in_flight=1))
    assert (waiting.stage, waiting.waiting_for) == ("stopping", 1)
    quiet = looked(NEW, Seen({"messages": 1}, last_end=NOON - timedelta(seconds=30)))
    assert (quiet.stage, quiet.due_at) == ("stopping", NOON - timedelta(seconds=30) + QUIET_FOR)
    assert looked(NEW, Seen({"messages": 1}, last_end=NOON - QUIET_FOR)).stage == "erasing"


def test_what_was_erased_is_counted_in_both_rounds_and_who_it_was_is_forgotten_at_the_end():
    counted = looked(NEW, Seen({"messages": 2, "replies": 1}))
    erased = looked(counted, Seen(is_empty=True))
    again = looked(erased, Seen(), erased.due_at)
    late = looked(again, Seen({"replies": 2}), again.due_at)
    done = looked(late, Seen(is_empty=True), late.due_at)

    assert (erased.stage, erased.due_at) == ("erased", NOON + LATE_AFTER)
    assert (again.stage, again.state) == ("stopping", "erased")
    assert done.erased == {"messages": 2, "replies": 3}
    assert (done.stage, done.customer_id, done.addresses, done.due_at) == ("completed", None, (), None)


@given(st.lists(SEEN, max_size=30))
def test_whatever_is_seen_it_goes_forward_counts_once_a_round_and_ends_when_nothing_is_left(sights):
    erasure, now = NEW, NOON
    for seen in sights:
        before, now = erasure, max(now, erasure.due_at or now)
        erasure = looked(before, seen, now)
        if before.stage == "stopping" and erasure.stage == "erasing":
            assert seen.in_flight == 0
        elif erasure.erased != before.erased:
            raise AssertionError("counted at another moment")
        if before.erased_at:
            assert erasure.state in ("erased", "completed")
        assert erasure.due_at is None if erasure.stage == "completed" else erasure.due_at is not None
        assert erasure == before or RANK[erasure.stage] >= RANK[before.stage] or before.stage == "erased"
    for _ in range(6):
        now = max(now, erasure.due_at or now) + QUIET_FOR
        erasure = looked(erasure, replace(Seen(), is_empty=True), now)
    assert erasure.stage == "completed"
