"""The running engine: workflows with letters get a turn, activities are called, timers fire.

Nothing polls. Each commit returns the keys that have work now, and at the start the engine reads from the file what an
earlier process left. So a crash at any instruction loses nothing that was committed.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from weakref import WeakValueDictionary

from local.clock import Clock
from local.durable.api.functions import FunctionFailed, Functions
from local.durable.api.http_calls import HTTP_ACTIVITY, call_http
from local.durable.execution.entities import run_batch
from local.durable.execution.history import EventType, compact, from_text, row, to_text
from local.durable.execution.recall import Past, Recall
from local.durable.execution.turn_thread import TurnThread
from local.durable.execution.turns import take_turn
from local.durable.one_at_a_time import OneAtATime
from local.durable.persistence.poison import count_crashes
from local.durable.persistence.records import Activity, Committed, Letter, Timer, Turn
from local.durable.persistence.storage import Storage
from local.durable.persistence.transactions import due_timers, end_activity, fire, write_batch, write_turn
from local.durable.persistence.under_way import UnderWay

log = logging.getLogger("host.durable")

AT_ONCE = 128
"""How many of a kind are under way, most of them waiting for the disk: the more, the fewer syncs for each."""

START = "start"
"""The one key of the lane that takes up what an earlier process left."""

TIMERS = "timers"
"""The one key of the lane that fires timers. Entities are keys of alarms too, and begin with @."""

ENTITY_BATCH = 100
ENTITY_PAUSE = timedelta(seconds=5)
"""Before a batch is repeated whose handler failed as a whole."""


@dataclass(frozen=True)
class Limits:
    """How many of the app's functions run at once, by kind; in host.json maxConcurrent<Kind>Functions."""

    orchestrators: int = 10
    activities: int = 20
    entities: int = 10


class Engine:
    """Runs the durable functions of one app on one data directory. Made on the event loop that it works on."""

    def __init__(self, data_directory: Path, functions: Functions, clock: Clock, limits: Limits) -> None:
        self.storage = Storage(data_directory)
        self._under_way = UnderWay(data_directory / "durable.calls", AT_ONCE)
        self.functions = functions
        self.clock = clock
        self._turn_thread = TurnThread(most=limits.orchestrators)
        self._batch_thread = TurnThread(most=limits.entities)
        self._activity_limit = asyncio.Semaphore(limits.activities)
        self._orchestrators = OneAtATime(self._take_turn, AT_ONCE, clock, "turn")
        self._entities = OneAtATime(self._run_entity, AT_ONCE, clock, "entity")
        self._activities = OneAtATime(self._run_activity, AT_ONCE, clock, "activity")
        self._timers = OneAtATime(self._fire_timers, 1, clock, "timers")
        self._starts = OneAtATime(self._take_up, 1, clock, "start")
        self._recall = Recall()
        self._next_due: str | None = None
        self._alarms: dict[str, asyncio.Future[None]] = {}
        self._watched: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    def start(self) -> None:
        """Continue where an earlier process stopped, then process new requests."""
        self._starts.wake(START)
        self._timers.wake(TIMERS)

    async def stop(self) -> None:
        """Cancel the work in progress: it is stored, and the next start repeats it. `storage` stays open."""
        for lane in (self._starts, self._timers, self._orchestrators, self._entities, self._activities):
            await lane.stop()
        for alarm in self._alarms.values():
            alarm.cancel()
        await asyncio.gather(*self._alarms.values(), return_exceptions=True)
        self._turn_thread.stop()
        self._batch_thread.stop()
        self._under_way.close()

    def wake(self, target: str) -> None:
        """Look at the inbox of a workflow or an entity."""
        (self._entities if target.startswith("@") else self._orchestrators).wake(target)

    def next_turn(self, target: str) -> asyncio.Event:
        """Set when the next turn or batch of the target is committed. Nothing is kept when the caller drops it."""
        return self._watched.setdefault(target, asyncio.Event())

    def _turned(self, target: str) -> None:
        if event := self._watched.pop(target, None):
            event.set()

    async def _take_up(self, _: str) -> None:
        if crashed := self._under_way.left_by_a_crash:
            log.warning("The last process ended during %d activities; at the fifth time one fails", len(crashed))
            await self.storage.write(partial(count_crashes, crashed, self.clock.now()))
        self._set_off(self.storage.left_to_do())

    def _set_off(self, committed: Committed) -> None:
        for target in committed.targets:
            self.wake(target)
        for sequence in committed.activities:
            self._activities.wake(sequence)

    async def _take_turn(self, instance_id: str) -> None:
        instance, inbox = self.storage.instance(instance_id), self.storage.inbox(instance_id)
        if instance is None or not instance.is_live or not inbox:
            return
        past = self._recall.take(instance_id, instance.execution_id) or Past.of(self.storage.history(instance_id))
        now = max(self.clock.now(), from_text(instance.updated_at))
        turn = await self._turn_thread.call(partial(take_turn, instance, past, inbox, self.functions, now))
        if turn is None:
            return
        committed = await self.storage.write(partial(write_turn, turn))
        if turn.past:
            self._recall.keep(instance_id, instance.execution_id, turn.past)
        _report(instance.warning, turn)
        self._turned(instance_id)
        self._set_off(committed)
        self._expect(turn.timers)

    async def _run_activity(self, sequence: int) -> None:
        activity = self.storage.activity(sequence)
        if activity is None:  # it was woken twice, by its turn and by the start
            return
        async with self._activity_limit:
            with self._under_way.marked(sequence):
                letter = await self._call(activity)
        if await self.storage.write(partial(end_activity, sequence, letter)):
            self.wake(letter.target)

    async def _call(self, activity: Activity) -> Letter:
        """Call the app's function once; what it returned or raised, as the row that the workflow will see."""
        try:
            if activity.name == HTTP_ACTIVITY:
                result = await call_http(activity.input)
            else:
                result = await self.functions.run_activity(activity.name, activity.input)
        except FunctionFailed as failure:
            reason = f"Activity function '{activity.name}' failed:  {failure}"
            number = activity.task_id
            body = row(EventType.TASK_FAILED, self.clock.now(), TaskScheduledId=number, Reason=reason, Details=None)
        else:
            body = row(EventType.TASK_COMPLETED, self.clock.now(), TaskScheduledId=activity.task_id, Result=result)
        return Letter(activity.instance_id, compact(body), activity.execution_id)

    async def _run_entity(self, target: str) -> None:
        letters = self.storage.inbox(target, ENTITY_BATCH)
        if not letters:
            return
        state, now = self.storage.entity_state(target), self.clock.now()
        work = partial(run_batch, target, state, letters, self.functions, now)
        try:
            batch = await self._batch_thread.call(work)
        except FunctionFailed:
            self._at(self.clock.now() + ENTITY_PAUSE, self._entities, target)
            return
        for caller in await self.storage.write(partial(write_batch, batch, to_text(now))):
            self.wake(caller)
        self._turned(target)
        if len(letters) == ENTITY_BATCH:
            self.wake(target)

    def _expect(self, timers: list[Timer]) -> None:
        earliest = min((timer.due_at for timer in timers), default=None)
        if earliest and (self._next_due is None or earliest < self._next_due):
            self._timers.wake(TIMERS)

    async def _fire_timers(self, key: str) -> None:
        """Fire due timers, and run again when the next timer is due, or when an earlier one was set."""
        if (due := self.storage.next_due()) and due <= to_text(self.clock.now()):
            for target in await self.storage.write(partial(_fire_due, self.clock.now())):
                self.wake(target)
            due = self.storage.next_due()
        self._next_due = due
        if due:
            self._at(from_text(due), self._timers, key)

    def _at(self, moment: datetime, lane: OneAtATime[str], key: str) -> None:
        """Wake the key at this time instead of the time that was set before."""
        if before := self._alarms.pop(key, None):
            before.cancel()
        self._alarms[key] = alarm = asyncio.ensure_future(self.clock.sleep_until(moment))
        alarm.add_done_callback(lambda alarm: None if alarm.cancelled() else lane.wake(key))


def _report(warning_before: str | None, turn: Turn) -> None:
    instance = turn.instance
    if instance.warning and instance.warning != warning_before:
        log.error("In Azure, '%s' with id '%s' %s.", instance.name, instance.id, instance.warning)
    if instance.status == "Failed":
        log.error("%s (instance id '%s')", instance.output, instance.id)


def _fire_due(now: datetime, db: Connection) -> list[str]:
    fired = []
    for timer in due_timers(to_text(now), db):
        body = row(EventType.TIMER_FIRED, now, TimerId=timer.timer_id, FireAt=timer.due_at)
        if fire(timer, Letter(timer.instance_id, compact(body), timer.execution_id), db):
            fired.append(timer.instance_id)
    return fired
