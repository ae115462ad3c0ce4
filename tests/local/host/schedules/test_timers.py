import asyncio
import sys
from contextlib import AsyncExitStack

import pytest

from local.host.starting.cannot_start import CannotStart
from tests.local.durable.platform import running

APP = """
import asyncio
import azure.functions as func

app = func.FunctionApp()
runs = asyncio.Queue()
may_end = asyncio.Event()
may_end.set()
under_way = []
tries = []
most_at_once = 0


@app.timer_trigger(arg_name="timer", {declared})
async def tick(timer: func.TimerRequest, context: func.Context) -> None:
    global most_at_once
    tries.append((context.retry_context.retry_count, context.retry_context.max_retry_count))
    under_way.append(timer)
    most_at_once = max(most_at_once, len(under_way))
    runs.put_nowait(timer)
    await may_end.wait()
    under_way.remove(timer)
    {last}
"""


class Ticking:
    """A running host with one timer function, and what its app has noted."""

    def __init__(self, platform):
        self.platform, self.clock = platform, platform.clock

    @property
    def app(self):
        return sys.modules["function_app"]

    async def run(self):
        """The next run, as the function was told of it."""
        return await asyncio.wait_for(self.app.runs.get(), timeout=10)

    async def pauses(self, **delta):
        """Wait until the timer waits for the moment that lies this far ahead; nothing else has run until then."""
        await self.clock.until_someone_sleeps(**delta)
        assert self.app.runs.empty()

    async def stop_for(self, **delta):
        await self.platform.host.stop()
        await self.clock.advance(**delta)
        await self.platform.start()


@pytest.fixture
async def ticking(tmp_path, monkeypatch):
    """Start a host, at noon, with a timer that is declared so. It ends before settings of the test are undone."""
    async with AsyncExitStack() as hosts:

        async def start(declared, last=""):
            (tmp_path / "function_app.py").write_text(APP.format(declared=declared, last=last))
            return Ticking(await hosts.enter_async_context(running(str(tmp_path), tmp_path / "data")))

        yield start


async def test_a_timer_runs_at_each_moment_of_its_schedule_and_not_before(ticking):
    timer = await ticking('schedule="0 */5 * * * *"')
    await timer.pauses(minutes=5)

    await timer.clock.advance(minutes=5)
    first = await timer.run()
    await timer.pauses(minutes=5)
    await timer.clock.advance(minutes=5)
    second = await timer.run()

    assert (first.past_due, second.past_due) == (False, False)
    assert first.schedule_status["Last"] == "0001-01-01T00:00:00+00:00"
    assert second.schedule_status == {
        "Last": "2030-01-01T12:05:00+00:00",
        "Next": "2030-01-01T12:10:00+00:00",
        "LastUpdated": "2030-01-01T12:05:00+00:00",
    }
    assert second.schedule == {"AdjustForDST": True}


async def test_a_schedule_may_stand_in_a_setting_and_leave_out_the_second(ticking, monkeypatch):
    monkeypatch.setenv("TICK_MINUTES", "7")
    timer = await ticking('schedule="%TICK_MINUTES% * * * *"')
    await timer.pauses(minutes=7)

    await timer.clock.advance(minutes=7)

    assert not (await timer.run()).past_due


async def test_a_schedule_follows_the_zone_of_the_app_s_setting(ticking, monkeypatch):
    monkeypatch.setenv("WEBSITE_TIME_ZONE", "Asia/Tokyo")
    timer = await ticking('schedule="0 0 6 * * *"')

    await timer.pauses(hours=9)  # it is noon, and nine in the evening in Tokyo


async def test_a_zone_that_there_is_not_is_no_start(ticking, monkeypatch):
    monkeypatch.setenv("WEBSITE_TIME_ZONE", "Tokyo Standard Time")
    with pytest.raises(CannotStart, match="WEBSITE_TIME_ZONE is 'Tokyo Standard Time', which is no zone such as"):
        await ticking('schedule="0 0 6 * * *"')


async def test_run_on_startup_runs_at_once_and_is_not_past_due(ticking):
    timer = await ticking('schedule="0 0 3 * * *", run_on_startup=True')

    assert not (await timer.run()).past_due
    await timer.pauses(hours=15)


async def test_what_was_missed_while_no_host_ran_is_one_run_that_is_past_due(ticking):
    timer = await ticking('schedule="0 */5 * * * *"')
    await timer.pauses(minutes=5)

    await timer.stop_for(minutes=17)

    assert (await timer.run()).past_due
    await timer.pauses(minutes=3)
    await timer.clock.advance(minutes=3)
    assert not (await timer.run()).past_due


async def test_a_restart_that_misses_nothing_runs_nothing(ticking):
    timer = await ticking('schedule="0 */5 * * * *"')
    await timer.pauses(minutes=5)

    await timer.stop_for(minutes=4)

    await timer.pauses(minutes=1)


async def test_a_run_that_a_stop_interrupted_is_past_due_at_the_next_start(ticking):
    timer = await ticking('schedule="0 */5 * * * *"')
    await timer.pauses(minutes=5)
    timer.app.may_end.clear()
    await timer.clock.advance(minutes=5)
    await timer.run()

    await timer.stop_for(minutes=0)

    assert (await timer.run()).past_due


async def test_a_run_that_outlasts_the_next_moment_is_followed_by_one_more_never_joined(ticking):
    timer = await ticking('schedule="0 */5 * * * *"')
    await timer.pauses(minutes=5)
    timer.app.may_end.clear()
    await timer.clock.advance(minutes=5)
    await timer.run()
    await timer.clock.advance(minutes=12)

    timer.app.may_end.set()

    await timer.run()
    await timer.pauses(minutes=3)
    assert timer.app.most_at_once == 1


async def test_a_timer_that_fails_runs_again_at_its_next_moment(ticking, caplog):
    timer = await ticking('schedule="0 * * * * *"', last='raise ValueError("it does not work")')
    for _ in range(2):
        await timer.pauses(minutes=1)
        await timer.clock.advance(minutes=1)
        await timer.run()

    await timer.pauses(minutes=1)
    assert caplog.text.count("Executed 'Functions.tick' (Failed") == 2


@pytest.mark.parametrize(
    ("policy", "pauses"),
    [
        ('"fixed_delay", "3", delay_interval="00:00:10"', [10, 10, 10]),
        ('"exponential_backoff", "4", minimum_interval="00:00:05", maximum_interval="00:00:15"', [5, 10, 15, 15]),
        ('"exponential_backoff", "3", minimum_interval="00:00:05", maximum_interval="00:01:00"', [5, 10, 20]),
        ('"fixed_delay", "-1", delay_interval="00:00:10"', [10] * 5),
    ],
)
async def test_a_timer_that_fails_is_retried_as_its_policy_says(ticking, policy, pauses):
    timer = await ticking(f'schedule="0 0 * * * *")\n@app.retry({policy}', last='raise ValueError("not now")')
    await timer.pauses(hours=1)
    await timer.clock.advance(hours=1)
    await timer.run()
    for pause in pauses:
        await timer.pauses(seconds=pause)
        await timer.clock.advance(seconds=pause)
        await timer.run()

    most = -1 if '"-1"' in policy else len(pauses)
    assert timer.app.tries == [(number, most) for number in range(len(pauses) + 1)]
    if most > 0:  # and then it waits for its next hour, as if it had succeeded
        await timer.pauses(seconds=3600 - sum(pauses))


async def test_a_timer_that_succeeds_at_a_retry_is_not_retried_again(ticking):
    last = "if len(tries) == 1: raise ValueError('not now')"
    timer = await ticking(
        'schedule="0 0 * * * *")\n@app.retry("fixed_delay", "3", delay_interval="00:00:10"', last=last
    )
    await timer.pauses(hours=1)
    await timer.clock.advance(hours=1)
    await timer.run()
    await timer.pauses(seconds=10)
    await timer.clock.advance(seconds=10)
    await timer.run()

    await timer.pauses(seconds=3590)


async def test_a_disabled_timer_runs_by_hand_alone(ticking, monkeypatch):
    monkeypatch.setenv("AzureWebJobs.Tick.Disabled", "true")
    timer = await ticking('schedule="0 * * * * *", run_on_startup=True')

    assert timer.platform.host.describe() == ["tick: timerTrigger (disabled)"]
    assert (await timer.platform.get("/admin/functions/tick"))["isDisabled"] is True
    assert timer.app.runs.empty()
    assert (await timer.platform.post("/admin/functions/tick", {"input": ""}))[0] == 202
    await timer.run()


@pytest.mark.parametrize(
    ("declared", "next_in"),
    [('schedule="*/10 * * * * *"', {"seconds": 10}), ('schedule="0 * * * * *", use_monitor=False', {"minutes": 1})],
)
async def test_a_timer_without_a_monitor_is_never_past_due(ticking, declared, next_in):
    timer = await ticking(declared)
    await timer.pauses(**next_in)

    await timer.stop_for(hours=1)

    await timer.pauses(**next_in)
    await timer.clock.advance(**next_in)
    run = await timer.run()
    assert (run.past_due, run.schedule_status) == (False, {})


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("00:05:00", "line 14: .* function tick cannot be followed: .* a TimeSpan works on an App Service plan only"),
        ("0 0 0 31 2 *", "function tick cannot be followed: no such day ever comes"),
        ("%NOT_THERE%", "function tick cannot be followed: the setting NOT_THERE is not there"),
    ],
)
async def test_a_schedule_that_cannot_be_followed_is_no_start(ticking, schedule, reason):
    with pytest.raises(CannotStart, match=reason):
        await ticking(f'schedule="{schedule}"')
