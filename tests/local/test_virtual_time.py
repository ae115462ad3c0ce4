"""Virtual time: what happens when it is advanced, and that it waits for everybody."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.clock import from_text
from local.host.starting.cannot_start import CannotStart
from local.virtual_time import KEPT_IN, QUIET, Standing, Timeline, VirtualClock, clock_of, keep

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
QUIET_MINUTES = QUIET // timedelta(minutes=1)


@pytest.fixture
def clock():
    return VirtualClock(NOON)


@pytest.fixture
def timeline(clock):
    return Timeline(clock)


@pytest.fixture
def events():
    """What happened when, in minutes after noon."""
    return []


def minutes(count):
    return timedelta(minutes=count)


def minute_of(clock):
    return (clock.now() - NOON) / minutes(1)


class Sleepyheads:
    """Starts tasks that sleep for some minutes and then tell their name."""

    def __init__(self, clock, events):
        self.clock, self.events, self.tasks = clock, events, []

    def sleep(self, name, *lengths):
        at_work = self.clock.work.begin(name)
        task = asyncio.create_task(self._sleep(name, lengths))
        task.add_done_callback(lambda _: at_work.end())
        self.tasks.append(task)
        return task

    async def _sleep(self, name, lengths):
        for length in lengths:
            with self.clock.work.rest(name):
                await self.clock.sleep_until(self.clock.now() + minutes(length))
            self.events.append((name, minute_of(self.clock)))


@pytest.fixture
def sleepyheads(clock, events):
    return Sleepyheads(clock, events)


async def test_time_stands_still_until_it_is_advanced(clock, timeline):
    assert clock.now() == NOON

    await timeline.advance(NOON + minutes(5))

    assert clock.now() == NOON + minutes(5)


async def test_everybody_wakes_at_his_own_moment_also_who_lies_down_on_the_way(timeline, sleepyheads, events):
    sleepyheads.sleep("early and often", 1, 2, 3)
    sleepyheads.sleep("late", 5)
    sleepyheads.sleep("too late", 11)

    await timeline.advance(NOON + minutes(10))

    assert events == [("early and often", 1), ("early and often", 3), ("late", 5), ("early and often", 6)]
    sleepyheads.tasks[-1].cancel()


async def test_who_sleeps_until_the_same_moment_wakes_in_the_order_of_lying_down(timeline, sleepyheads, events):
    for name in ("first", "second", "third"):
        sleepyheads.sleep(name, 3)

    await timeline.advance(NOON + minutes(3))

    assert [name for name, _ in events] == ["first", "second", "third"]


async def test_time_does_not_pass_while_somebody_works(clock, timeline, events, sleepyheads):
    sleepyheads.sleep("sleeper", 1)
    done = asyncio.Event()

    async def work():
        await done.wait()
        events.append(("work", minute_of(clock)))
        at_work.end()

    at_work = clock.work.begin("work")
    task = asyncio.create_task(work())
    advancing = asyncio.create_task(timeline.advance(NOON + minutes(2)))
    await asyncio.sleep(0)
    assert (str(clock.work), clock.now()) == ("work: 1", NOON)
    done.set()
    await asyncio.gather(task, advancing)

    assert events == [("work", 0), ("sleeper", 1)]


async def test_who_no_longer_sleeps_holds_nothing_up(clock, timeline, sleepyheads):
    sleeper = sleepyheads.sleep("sleeper", 1)
    await timeline.settled()
    sleeper.cancel()
    await timeline.settled()

    assert (clock.next_due(), clock.work.total) == (None, 0)


async def test_to_sleep_until_what_is_past_takes_no_time(clock):
    await clock.sleep_until(NOON)
    await clock.sleep_until(NOON - minutes(1))

    assert clock.next_due() is None


async def test_time_does_not_go_back(clock):
    clock.set(NOON - minutes(1))

    assert clock.now() == NOON


class Schedule:
    """Ticks every minute; `task` follows it."""

    def __init__(self, clock):
        self.clock, self.ticks = clock, []
        self.at_work = clock.work.begin("schedule")
        self.task = asyncio.create_task(self._follow())
        self.task.add_done_callback(lambda _: self.at_work.end())

    async def _follow(self):
        while True:
            with self.clock.work.rest("schedule"):
                await self.clock.tick(self.clock.now() + minutes(1))
            self.ticks.append(minute_of(self.clock))


async def test_in_quiet_times_a_schedule_ticks_for_an_hour_and_once_more_at_the_end(clock, timeline):
    schedule = Schedule(clock)

    await timeline.advance(NOON + timedelta(days=30))

    assert schedule.ticks == [*range(1, QUIET_MINUTES + 1), 30 * 24 * 60]
    schedule.task.cancel()


async def test_after_something_has_happened_a_schedule_ticks_again(clock, timeline, sleepyheads):
    schedule = Schedule(clock)
    sleepyheads.sleep("sleeper", 24 * 60 + 0.5)

    await timeline.advance(NOON + timedelta(days=2))

    after = [tick for tick in schedule.ticks if tick > 24 * 60]
    assert after[:3] == [24 * 60 + 0.5, 24 * 60 + 1.5, 24 * 60 + 2.5]
    assert len(after) == QUIET_MINUTES + 2
    schedule.task.cancel()


async def test_a_moment_that_the_app_expects_is_heard_in_the_quietest_time(clock, timeline):
    schedule = Schedule(clock)
    clock.expect(NOON + timedelta(days=1))
    clock.expect(NOON - minutes(1))

    await timeline.advance(NOON + timedelta(days=2))

    assert schedule.ticks[QUIET_MINUTES] == 24 * 60
    schedule.task.cancel()


class Neighbour:
    """Another process: says what it has in hand, one answer after another."""

    def __init__(self, *at_work, due=None):
        self.at_work, self.due = list(at_work), due
        self.heard = []

    async def settled(self, spare, now=None):
        self.heard.append(now or spare)
        if now == self.due:
            self.due = None
        return Standing(self.at_work.pop(0) if self.at_work else 0, self.due)


async def test_time_stops_wherever_something_is_due_in_either_process(clock, sleepyheads, events):
    sleepyheads.sleep("here", 2)
    neighbour = Neighbour(due=NOON + minutes(1))

    await Timeline(clock, neighbour).advance(NOON + minutes(3))

    moments = [moment for moment in neighbour.heard if isinstance(moment, datetime)]
    assert [(moment - NOON) / minutes(1) for moment in moments] == [1, 2, 3]


async def test_time_waits_for_the_other_process_too(clock):
    neighbour = Neighbour(2, 1, 1, 0)

    await Timeline(clock, neighbour).settled()

    assert neighbour.at_work == []


async def test_who_is_kept_waiting_by_an_answer_here_does_not_work_there(clock):
    neighbour = Neighbour(1)
    with clock.work.begin("request"), clock.work.rest("kept back", 2):
        await Timeline(clock, neighbour).settled()

    assert neighbour.heard == [1]


async def test_the_time_is_kept(tmp_path, clock):
    await Timeline(clock, keep=tmp_path / KEPT_IN).advance(NOON + minutes(7))

    assert clock_of("virtual", tmp_path).now() == NOON + minutes(7)


async def test_a_new_virtual_time_begins_with_the_real_one_in_both_processes(tmp_path):
    here, there = clock_of("virtual", tmp_path), clock_of("virtual", tmp_path)

    assert here.now() == there.now() == from_text((tmp_path / KEPT_IN).read_text())
    assert abs(datetime.now(UTC) - here.now()) < minutes(1)


def test_real_time_is_refused_where_it_would_go_back(tmp_path):
    keep(tmp_path / KEPT_IN, datetime.now(UTC) + minutes(5))

    with pytest.raises(CannotStart, match="Use --clock virtual"):
        clock_of("real", tmp_path)


async def test_two_who_advance_the_time_at_once_add_up(clock, timeline, sleepyheads, events):
    sleepyheads.sleep("meanwhile", 3)

    await asyncio.gather(timeline.advance(minutes(5)), timeline.advance(minutes(7)))

    assert clock.now() == NOON + minutes(12)
    assert events == [("meanwhile", 3)]


async def test_a_length_beyond_the_last_year_leaves_the_time_as_it_was(clock, timeline):
    with pytest.raises(OverflowError):
        await timeline.advance(timedelta(days=999_999_999))

    assert clock.now() == NOON
