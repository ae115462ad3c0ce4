from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT5M", 300),
        ("P1D", 86_400),
        ("P1DT1S", 86_401),
        ("P2W", 14 * 86_400),
        ("P0.5W", 3.5 * 86_400),
        ("PT1H30M", 5400),
        ("PT1.5H", 5400),
        ("PT1,5M", 90),
        ("PT36H", 129_600),
        ("P0D", 0),
    ],
)
def test_a_duration_is_as_long_as_it_says(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "P1.5W2D", "P1W2D", "P1W1D", "PT1S1M", "PT1M1M", "P1H", "PT1D", "P1.5DT1H", "PT1.5H1M",
     "-P1D", "P-1D", "+P1D", "p1d", "PT5M\n", " PT5M", "PT٥M", "PT.5S", "PT5.S", "P1Y", "P1M", "5", "00:05:00", None, 5,
     True, ["PT5M"]],
)  # fmt: skip
def test_what_iso_8601_does_not_know_is_no_duration(text):
    with pytest.raises(ValueError, match="must be an ISO 8601 duration"):
        duration(text)


def test_a_duration_longer_than_all_time_is_the_longest():
    assert duration("P" + "9" * 400 + "D") == duration("PT" + "9" * 30 + "H") == timedelta.max


@given(st.integers(0, 10**5), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_days_hours_minutes_and_seconds_add_up(days, hours, minutes, seconds):
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    assert duration(f"P{days}DT{hours}H{minutes}M{seconds}S") == expected
