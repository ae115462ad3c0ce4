"""Timer triggers: each function is called at the moments of its schedule, one run at a time."""

import asyncio
import json
import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from azure.functions.meta import Datum

from local.clock import Clock
from local.host.app.app_function import App, AppFunction
from local.host.app.invocation import Retried
from local.host.app.retry_policy import RetryPolicy, policy_of
from local.host.app.user_code import place
from local.host.app.worker import Worker
from local.host.schedules.ncrontab import InvalidSchedule, Schedule, parse
from local.host.schedules.timer_statuses import Status, TimerStatuses
from local.host.starting.cannot_start import CannotStart

log = logging.getLogger("host.functions")

SHORTEST_MONITORED = timedelta(minutes=1)
"""Azure keeps no last runs of timers that run more often, and so never finds them past due."""

_SETTING = re.compile("%([^%]+)%")


@dataclass(frozen=True)
class Timer:
    """A function and its schedule. One that `is_monitored` makes up for a run that was missed while no host ran."""

    function: AppFunction
    schedule: Schedule
    runs_on_startup: bool
    is_monitored: bool
    retry_policy: RetryPolicy


class Timers:
    """All timer functions of an app. Raises `CannotStart` when one of them has no schedule that can be followed."""

    def __init__(self, app: App, worker: Worker, clock: Clock, statuses: TimerStatuses) -> None:
        self._worker, self._clock, self._statuses = worker, clock, statuses
        functions = [function for function in app.functions if function.kind == "timerTrigger"]
        self._timers = {function.name: _timer(function, clock.now()) for function in functions}
        self._one_at_a_time = {function.name: asyncio.Lock() for function in functions}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for timer in self._timers.values():
            if timer.function.is_disabled:  # it can still be run by hand
                continue
            at_work = self._clock.work.begin("timer")
            task = asyncio.create_task(self._follow(timer))
            task.add_done_callback(lambda _, at_work=at_work: at_work.end())  # type: ignore[misc]
            self._tasks.append(task)

    async def stop(self) -> None:
        """Give up runs that are under way: the next start finds them past due."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(self, name: str, *, is_past_due: bool = False) -> datetime:
        """Call the function once, after the run that is under way, if one is; returns when it began.

        What the function raises is logged by the worker, and no reason not to run it next time.
        """
        timer = self._timers[name]
        async with self._one_at_a_time[name]:
            started = self._clock.now()
            await self._call(timer, Datum(json.dumps(self._request(timer, is_past_due)), "json"))
            self._keep(timer, last=started, updated=started)
        return started

    async def _call(self, timer: Timer, request: Datum) -> None:
        """Until it succeeds or its retries are used up."""
        policy = timer.retry_policy
        for number, pause in enumerate(chain(policy.pauses(), [None])):
            with suppress(Exception):
                await self._worker.invoke(timer.function, request, Retried(number, policy.most))
                return
            if pause is not None:
                with self._clock.work.rest("timer"):
                    await self._clock.sleep_until(self._clock.now() + pause)

    async def _follow(self, timer: Timer) -> None:
        name, now = timer.function.name, self._clock.now()
        status = self._statuses.read(name) if timer.is_monitored else None
        if status and timer.schedule.after(status.updated) <= now:  # computed again: the schedule may have changed
            now = await self.run(name, is_past_due=True)
        elif timer.runs_on_startup:
            now = await self.run(name)
        elif status is None:
            self._keep(timer, last=None, updated=now)
        while True:
            with self._clock.work.rest("timer"):
                await self._clock.tick(timer.schedule.after(now))
            now = await self.run(name)

    def _keep(self, timer: Timer, last: datetime | None, updated: datetime) -> None:
        if not timer.is_monitored:
            return
        try:
            self._statuses.write(timer.function.name, Status(last, timer.schedule.after(updated), updated))
        except OSError:
            log.exception("The last run of 'Functions.%s' cannot be kept", timer.function.name)

    def _request(self, timer: Timer, is_past_due: bool) -> dict[str, object]:
        """What the worker gets from Azure's host."""
        status = self._statuses.read(timer.function.name)
        return {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status.to_json() if status else None,
            "IsPastDue": is_past_due,
        }


def _timer(function: AppFunction, now: datetime) -> Timer:
    trigger = function.trigger
    try:
        schedule = parse(_SETTING.sub(_setting, trigger["schedule"]), _zone())
    except InvalidSchedule as error:
        what = f"{place(function.call)}: The schedule of the function {function.name}"
        raise CannotStart(f"{what} cannot be followed: {error}.") from None
    is_monitored = bool(trigger.get("useMonitor", True)) and _shortest_pause(schedule, now) >= SHORTEST_MONITORED
    return Timer(function, schedule, bool(trigger.get("runOnStartup")), is_monitored, policy_of(function.retry))


def _zone() -> tzinfo:
    """What the clock of schedules shows: UTC, unless the app has the setting. Azure's Consumption plans ignore it."""
    name = os.environ.get("WEBSITE_TIME_ZONE")
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidSchedule(
            f"the setting WEBSITE_TIME_ZONE is '{name}', which is no zone such as Europe/Paris"
        ) from None


def _setting(match: re.Match[str]) -> str:
    if not os.environ.get(match[1]):
        raise InvalidSchedule(f"the setting {match[1]} is not there")
    return os.environ[match[1]]


def _shortest_pause(schedule: Schedule, now: datetime) -> timedelta:
    """Among the next few moments, as Azure reckons it."""
    moments = [now]
    for _ in range(5):
        moments.append(schedule.after(moments[-1]))
    return min(later - earlier for earlier, later in pairwise(moments[1:]))
