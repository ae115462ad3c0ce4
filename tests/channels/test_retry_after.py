"""What a provider means by Retry-After, in each form that RFC 9110 allows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.retry_after import ASCTIME, IMF_FIXDATE, LONGEST_PAUSE, RFC_850, pause

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sunday, 22-Nov-26 12:00:30 GMT", 30),
        ("Sun Nov 22 12:00:30 2026", 30),
        ("Tue Nov 24  2:00:00 2026", 38 * 3600),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),  # 1994, since 2094 is further than 50 years away
        ("Sun Nov  1 12:00:30 2026", 0),
        ("Wednesday, 25-Nov-26 12:00:01 GMT", 72 * 3600),
        ("Thursday, 22-Nov-70 12:00:00 GMT", 72 * 3600),  # 2070
        ("99999999999999999999", 72 * 3600),
        ("9" * 5000, 72 * 3600),
        ("Sun, 22 Nov 9998 12:00:00 GMT", 72 * 3600),
        ("Sun, 22 Nov 2026 12:00:30 +0000", 0),
        ("Sun, 22 Nov 2026 12:00:30", 0),
        ("Sun, 30 Feb 2027 12:00:00 GMT", 0),
        ("soon", 0),
        ("1.5", 0),
        ("-1", 0),
        ("+7", 0),
        ("٧", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_in_three_forms_and_anything_else_is_none(retry_after, seconds):
    assert pause(retry_after, NOON) == timedelta(seconds=seconds)


@given(
    now=st.datetimes(datetime(1970, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    ahead=st.integers(0, 72 * 3600),
    form=st.sampled_from([IMF_FIXDATE, RFC_850, ASCTIME]),
)
def test_every_form_of_a_date_says_the_same_moment_in_every_century(now, ahead, form):
    now = now.replace(microsecond=0)

    assert pause((now + timedelta(seconds=ahead)).strftime(form), now) == timedelta(seconds=ahead)


dates = st.builds("{:%a, %d %b %Y %H:%M:%S} {}".format, st.datetimes(), st.integers(-(10**12), 10**12) | st.just("GMT"))


@settings(deadline=None)  # a busy machine is no fault of ours
@given(st.text() | st.integers().map(str) | dates)
def test_no_retry_after_breaks_the_answer(retry_after):
    assert timedelta() <= pause(retry_after, NOON) <= LONGEST_PAUSE
