from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.schedules.ncrontab import InvalidSchedule, parse


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "moment", "next_moment"),
    [
        ("0 * * * * *", "2030-01-01T12:00:00", "2030-01-01T12:01:00"),
        ("*/15 * * * * *", "2030-01-01T12:00:14.5", "2030-01-01T12:00:15"),
        ("* * * * * *", "2030-12-31T23:59:59.999999", "2031-01-01T00:00:00"),
        ("*/5 * * * *", "2030-01-01T12:00:00", "2030-01-01T12:05:00"),
        ("0 0 9-17/4 * * *", "2030-01-01T13:00:00", "2030-01-01T17:00:00"),
        ("0 30 9 * * Mon-Fri", "2030-01-04T09:30:00", "2030-01-07T09:30:00"),
        ("0 30 9 * * fri-MON", "2030-01-05T00:00:00", "2030-01-07T09:30:00"),
        ("0 0 0 1 January,Jul *", "2030-01-01T00:00:00", "2030-07-01T00:00:00"),
        ("0 0 0 * * 0", "2030-01-01T00:00:00", "2030-01-06T00:00:00"),
        ("0 0 0 29 2 *", "2030-01-01T00:00:00", "2032-02-29T00:00:00"),
        ("0 0 0 29 2 mon", "2096-03-01T00:00:00", "2112-02-29T00:00:00"),
        ("0 45/10 * * * *", "2030-01-01T12:55:00", "2030-01-01T13:45:00"),
        ("0 0,30 8,20 * * *", "2030-01-01T08:30:00", "2030-01-01T20:00:00"),
    ],
)
def test_the_next_moment_is_the_first_that_every_field_allows(schedule, moment, next_moment):
    assert parse(schedule).after(at(moment)) == at(next_moment)


def test_a_day_must_fit_the_month_and_the_week_unlike_in_cron():
    assert parse("0 0 0 13 * Fri").after(at("2030-01-01T00:00:00")) == at("2030-09-13T00:00:00")


@pytest.mark.parametrize(
    ("schedule", "moment", "next_moment"),
    [
        ("0 0 9 * * *", "2030-01-01T12:00:00", "2030-01-02T08:00:00"),
        ("0 0 9 * * *", "2030-07-01T12:00:00", "2030-07-02T07:00:00"),
        ("0 0 9 * * *", "2030-03-30T12:00:00", "2030-03-31T07:00:00"),  # summer begins in between
        ("0 30 2 * * *", "2030-03-30T12:00:00", "2030-03-31T01:30:00"),  # 02:30 is left out, and so 03:30 it is
        ("0 30 2 * * *", "2030-10-26T12:00:00", "2030-10-27T00:30:00"),  # 02:30 comes twice, and the first time counts
        ("0 30 2 * * *", "2030-10-27T00:30:00", "2030-10-28T01:30:00"),
        ("0 30 2 * * *", "2030-10-27T01:10:00", "2030-10-28T01:30:00"),
        ("0 0 0 * * Mon", "2030-01-05T12:00:00", "2030-01-06T23:00:00"),
    ],
)
def test_a_schedule_may_follow_the_clock_of_a_zone(schedule, moment, next_moment):
    assert parse(schedule, ZoneInfo("Europe/Paris")).after(at(moment)) == at(next_moment)


EDGES = {
    "Europe/Paris": ["2030-03-31T01:00:00", "2030-10-27T01:00:00"],
    "America/Los_Angeles": ["2030-03-10T10:00:00", "2030-11-03T09:00:00"],
    "Australia/Lord_Howe": ["2030-04-06T15:00:00", "2030-10-05T15:30:00"],  # by half an hour
    "Europe/Dublin": ["2030-03-31T01:00:00", "2030-10-27T01:00:00"],  # its summer time is the standard one
}
edges = pytest.mark.parametrize(("zone", "edge"), [(zone, edge) for zone in EDGES for edge in EDGES[zone]])


def moments(schedule, zone, begin, end):
    """All moments of a schedule in this time."""
    found = [begin]
    while found[-1] < end:
        found.append(parse(schedule, ZoneInfo(zone)).after(found[-1]))
    return found[1:-1]


@edges
@pytest.mark.parametrize(("schedule", "minutes"), [("0 * * * * *", 1), ("30 */10 * * * *", 10), ("*/30 * * * *", 30)])
def test_an_interval_stands_still_at_no_change_of_the_clock(schedule, minutes, zone, edge):
    begin, end = at(edge) - timedelta(hours=4), at(edge) + timedelta(hours=4)
    assert begin.astimezone(ZoneInfo(zone)).utcoffset() != end.astimezone(ZoneInfo(zone)).utcoffset()

    found = moments(schedule, zone, begin, end)

    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=minutes)}


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [
        ("0 30 1 * * *", ["2030-11-02T08:30", "2030-11-03T08:30", "2030-11-04T09:30"]),
        ("0 0,30 1 * * *", ["2030-11-02T08:00", "2030-11-02T08:30", "2030-11-03T08:00", "2030-11-03T08:30"]),
        ("0 0 2 * * *", ["2030-11-02T09:00", "2030-11-03T10:00"]),
    ],
)
def test_a_time_of_the_day_that_comes_twice_counts_the_first_time(schedule, runs):
    found = moments(schedule, "America/Los_Angeles", at("2030-11-02T07:30"), at("2030-11-10T00:00"))

    assert found[: len(runs)] == [at(run) for run in runs]


def test_a_host_that_starts_in_the_second_of_two_hours_leaves_out_what_the_first_one_had():
    second_hour = at("2030-11-03T09:10")

    assert parse("0 30 1 * * *", ZoneInfo("America/Los_Angeles")).after(second_hour) == at("2030-11-04T09:30")


def test_schedules_are_in_utc():
    in_berlin = datetime(2030, 1, 1, 12, 30, tzinfo=timezone(timedelta(hours=1)))

    assert parse("0 0 12 * * *").after(in_berlin) == at("2030-01-01T12:00:00")


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("00:05:00", "TimeSpan works on an App Service plan only"),
        ("* * * *", "has 4 fields"),
        ("0 0 0 * * * *", "has 7 fields"),
        ("60 * * * * *", "60 is no second: it must be 0 to 59"),
        ("0 0 0 0 * *", "0 is no day:"),
        ("0 0 0 * * 7", "7 is no day of the week"),
        ("0 0 0 * Hubbly *", "'Hubbly' is no month"),
        ("*/0 * * * * *", r"step of '\*/0' in the second"),
        ("1, * * * * *", "'' is no second"),
        ("1-x * * * * *", "'x' is no second"),
        ("0 0 0 31 2 *", "no such day ever comes"),
    ],
)
def test_what_is_no_schedule_is_refused_with_the_part_at_fault(schedule, reason):
    with pytest.raises(InvalidSchedule, match=reason):
        parse(schedule)


@given(
    second=st.integers(0, 59),
    step=st.integers(1, 59),
    hour=st.integers(0, 23),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_nothing_fits_between_a_moment_and_the_next(second, step, hour, moment):
    found = parse(f"{second} */{step} {hour} * * *").after(moment)

    assert moment < found <= moment + timedelta(days=1)
    assert (found.second, found.minute % step, found.hour, found.microsecond) == (second, 0, hour, 0)


@given(
    schedule=st.sampled_from(["0 * * * * *", "0 0 1,2,3 * * *", "0 */20 1-4 * * *", "0 30 */2 * * *", "7 7 2 * * *"]),
    zone=st.sampled_from([*EDGES, "Africa/Casablanca", "Pacific/Apia", "Asia/Gaza", "UTC"]),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_in_every_zone_the_next_moment_lies_ahead_and_no_more_than_a_day_and_an_hour_but_for_days_left_out(
    schedule, zone, moment
):
    assert timedelta() < parse(schedule, ZoneInfo(zone)).after(moment) - moment <= timedelta(days=2, hours=1)
