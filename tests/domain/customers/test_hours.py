"""Quiet hours, by the clock on the customer's wall, over all zones and changes of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.customers.hours import DAYS, FURTHEST_OPENING, QuietHours, opening, outside_of

NIGHT = QuietHours("21:00", "08:00")
A_MINUTE = timedelta(minutes=1)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_quiet(quiet, zone, moment):
    """By looking at the clock, written differently from the code: minute by minute of the day before and the day."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for each in quiet:
        begins, ends = (int(text[:2]) * 60 + int(text[3:]) for text in (each.begins, each.ends))
        minute = local.hour * 60 + local.minute
        today, yesterday = DAYS[local.weekday()], DAYS[(local.weekday() - 1) % 7]
        if begins < ends:
            if today in each.days and begins <= minute < ends:
                return True
        elif (today in each.days and minute >= begins) or (yesterday in each.days and minute < ends):
            return True
    return False


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2027-03-01T12:00", "UTC", "2027-03-01T12:00"),
        ("2027-03-01T20:59", "UTC", "2027-03-01T20:59"),
        ("2027-03-01T21:00", "UTC", "2027-03-02T08:00"),
        ("2027-03-02T07:59", "UTC", "2027-03-02T08:00"),
        ("2027-03-02T08:00", "UTC", "2027-03-02T08:00"),
        ("2027-03-01T12:00", "Asia/Tokyo", "2027-03-01T23:00"),
        ("2027-03-28T00:30", "Europe/Vienna", "2027-03-28T06:00"),  # the night in which clocks go forward
        ("2027-10-31T00:30", "Europe/Vienna", "2027-10-31T07:00"),  # and back
    ],
)
def test_a_message_at_night_waits_for_the_morning_of_its_recipient(now, zone, expected):
    assert opening([NIGHT], [zone], utc(now)) == utc(expected)


def test_a_night_belongs_to_the_day_on_which_it_begins():
    friday_night = QuietHours("22:00", "10:00", ("fri",))

    assert opening([friday_night], ["UTC"], utc("2027-03-05T23:00")) == utc("2027-03-06T10:00")
    assert opening([friday_night], ["UTC"], utc("2027-03-06T09:00")) == utc("2027-03-06T10:00")
    assert opening([friday_night], ["UTC"], utc("2027-03-06T23:00")) == utc("2027-03-06T23:00")


def test_of_several_zones_all_must_be_awake():
    coasts = ["America/New_York", "America/Los_Angeles"]

    assert opening([NIGHT], coasts, utc("2027-03-01T13:30")) == utc("2027-03-01T16:00")  # 8:00 in the west
    assert opening([NIGHT], coasts, utc("2027-03-02T02:30")) == utc("2027-03-02T16:00")  # 21:30 in the east


def test_zones_that_are_never_awake_together_have_no_opening():
    short_day = QuietHours("10:00", "09:00")

    assert opening([short_day], ["Europe/London", "Asia/Tokyo"], utc("2027-03-01T12:00")) is None


def test_an_end_that_the_clock_skips_is_an_hour_later_and_an_hour_that_comes_twice_is_quiet_twice():
    early = QuietHours("00:00", "02:30")

    assert opening([early], ["Europe/Vienna"], utc("2027-03-28T00:00")) == utc("2027-03-28T01:30")  # 03:30 summer time
    second_hour = utc("2027-10-31T01:15")  # 02:15 for the second time
    assert opening([early], ["Europe/Vienna"], second_hour) == utc("2027-10-31T01:30")


def clock_times():
    return st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))


def hours():
    days = st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple)
    return st.builds(QuietHours, clock_times(), clock_times(), days).filter(lambda each: each.begins != each.ends)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(hours(), min_size=1, max_size=3),
    st.sampled_from(ZONES),
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: utc("2026-01-01T00:00") + minutes * A_MINUTE),
)
def test_whatever_the_hours_and_the_zone_the_opening_is_the_first_minute_that_is_not_quiet(quiet, zone, now):
    found = opening(quiet, [zone], now)

    end = found or now + FURTHEST_OPENING - A_MINUTE
    moment = now
    while moment < end:
        assert is_quiet(quiet, zone, moment), moment
        moment += 7 * A_MINUTE
    assert found is None or not is_quiet(quiet, zone, found)


@settings(max_examples=40, deadline=None)
@given(st.lists(hours(), min_size=1, max_size=3).map(tuple), st.sampled_from(ZONES))
def test_each_minute_of_a_week_is_either_preferred_or_quiet(preferred, zone):
    quiet = outside_of(preferred)

    for minute in range(0, 7 * 24 * 60, 13):
        moment = utc("2027-06-07T00:00") + minute * A_MINUTE
        assert is_quiet(preferred, zone, moment) is not is_quiet(quiet, zone, moment), moment


def test_without_a_window_no_time_is_outside_of_it():
    assert outside_of(()) == ()
    assert outside_of((QuietHours("00:00", "00:00"),)) == ()


@pytest.mark.parametrize("change", ["2027-03-14T06:00", "2027-03-28T00:00", "2027-10-31T00:00", "2027-11-07T05:00"])
def test_over_all_zones_and_both_changes_of_clocks_nothing_leaves_at_night_and_nothing_is_lost(change):
    for zone in ZONES:
        for hour in range(0, 24, 6):
            now = utc(change) + timedelta(hours=hour, minutes=20)
            found = opening([NIGHT], [zone], now)
            assert found is not None, zone
            assert not is_quiet([NIGHT], zone, found), (zone, now)
            assert found - now < timedelta(hours=13), (zone, now)
