"""Faults around the app, chosen for each message."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from domain.errors import StoreUnavailable
from domain.identities import message_id_of
from local.durable.api.functions import FunctionFailed
from local.virtual_time import VirtualClock
from store.documents import Documents
from tests.intercepted import Call, Intercepted
from tests.platform import Channels, Platform

MARKS = re.compile(r"story-[\w-]+|[0-9a-f-]{36}|\d{11}|[\w.+]+@example\.com")
LONGEST_DELAY_SECONDS = 3.0


class Killed(BaseException):
    """The process ends here: no handler of ours may see it."""


@dataclass
class Story:
    """One message, and what happens to whatever works on it.

    `dies_at`: at which of its operations on store and provider, counted from 0 over all executions, and how: "before"
    or "after" it the process is killed, or a "fault" of the store is its answer. `runs`: how often its activities run.
    `hangs`: the provider of its first channel keeps each answer back for so long.
    """

    key: str
    to: Mapping[str, str]
    arrives_by: str
    dies_at: Mapping[int, str] = field(default_factory=dict)
    runs: str = "once"
    hangs: timedelta = timedelta()
    operations: int = 0
    reported_at: datetime | None = None

    @property
    def message_id(self) -> str:
        return message_id_of(self.key)

    @property
    def marks(self) -> list[str]:
        """By which a function's input is known to be about this message."""
        return [self.key, self.message_id, *(address.lstrip("+") for address in self.to.values())]


EXECUTING: ContextVar[Story | None] = ContextVar("EXECUTING", default=None)


class Troubles:
    """Makes the trouble of these stories on one platform. `between` goes to `a_platform`, then `begin`."""

    def __init__(self, stories: list[Story], *, events_twice: bool = False) -> None:
        self._events_twice = events_twice
        self._chance = Random(len(stories))
        self._by_mark = {mark: story for story in stories for mark in story.marks}
        self._ghosts: set[asyncio.Task[None]] = set()
        self._clock: VirtualClock

    def between(self, channels: Channels, documents: Documents) -> tuple[Channels, Documents]:
        mortal: Any = {name: Intercepted(channel, self._calling(name)) for name, channel in channels.items()}
        store: Any = Intercepted(documents, _operation)
        return mortal, store

    def begin(self, platform: Platform) -> None:
        self._clock = platform.clock
        worker: Any = platform.host.client.engine.functions
        worker.invoke = self._executing(worker.invoke)
        worker.run_activity = self._repeated(worker.run_activity)
        if self._events_twice:
            event_grid: Any = platform.providers._event_grid
            event_grid.carry = self._twice_and_shuffled(event_grid.carry)

    def _calling(self, channel: str) -> Callable[[str, Call], Awaitable[Any]]:
        async def calling(name: str, call: Call) -> Any:
            return await _operation(name, partial(self._kept_back, channel, call))

        return calling

    async def _kept_back(self, channel: str, call: Call) -> Any:
        answer, story = await call(), EXECUTING.get()
        if story and story.hangs and channel == next(iter(story.to)):
            with self._clock.work.rest("hanging call"):
                await self._clock.sleep_until(self._clock.now() + story.hangs)
        return answer

    def _story_in(self, text: str) -> Story | None:
        return next((self._by_mark[mark] for mark in MARKS.findall(text) if mark in self._by_mark), None)

    def _executing(self, invoke: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Each execution of a function belongs to a story. A killed function has failed for its caller."""

        async def executing(function: Any, trigger: Any, *more: Any) -> Any:
            text = _text(trigger)
            story = self._story_in(text)
            EXECUTING.set(story)
            try:
                result = await invoke(function, trigger, *more)
            except Killed:
                if function.kind == "activityTrigger":
                    raise
                raise RuntimeError("killed") from None
            if story and function.kind == "eventGridTrigger" and '"Delivered"' in text:
                story.reported_at = story.reported_at or self._clock.now()
            return result

        return executing

    def _repeated(self, run_activity: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
        async def until_it_survives(name: str, order: str) -> str:
            """The host calls an activity again that the end of a process has cut short."""
            while True:
                with suppress(Killed):
                    return await run_activity(name, order)

        async def repeated(name: str, order: str) -> str:
            story = self._story_in(order)
            match story.runs if story else "once":
                case "again":
                    with suppress(FunctionFailed):
                        await until_it_survives(name, order)
                    return await until_it_survives(name, order)
                case "both at once":
                    outcome = self._chance.choice(await self._both(lambda: until_it_survives(name, order)))
                    if isinstance(outcome, BaseException):
                        raise outcome
                    return outcome
                case "a superseded call follows":
                    result = await until_it_survives(name, order)
                    self._later(lambda: until_it_survives(name, order))
                    return result
                case _:
                    return await until_it_survives(name, order)

        return repeated

    async def _both(self, run: Callable[[], Awaitable[str]]) -> list[str | BaseException]:
        """What two that run at once return or raise. Each is work of its own: time passes only while both hang."""
        work = self._clock.work
        open_pieces = [work.begin("one of two"), work.begin("one of two")]
        waiting = work.rest("who called both")

        async def one() -> str:
            try:
                return await run()
            finally:
                if len(open_pieces) == 1:
                    waiting.end()  # before the last one's work ends, so that there is always some
                open_pieces.pop().end()

        return list(await asyncio.gather(one(), one(), return_exceptions=True))

    def _later(self, run: Callable[[], Awaitable[str]]) -> None:
        async def superseded_call() -> None:
            with self._clock.work.rest("superseded call"):
                await self._clock.sleep_until(self._clock.now() + self._delay())
            with suppress(FunctionFailed):
                await run()

        at_work = self._clock.work.begin("superseded call")
        task = asyncio.create_task(superseded_call())
        self._ghosts.add(task)
        task.add_done_callback(lambda _: at_work.end())

    def _twice_and_shuffled(self, carry: Callable[..., None]) -> Callable[..., None]:
        """Every event is delivered once more, and none in its turn, but for those that a provider waits for."""

        def carry_twice(deliveries: Any) -> None:
            for delivery in deliveries:
                is_awaited = delivery.due_at <= self._clock.now()
                first = delivery if is_awaited else replace(delivery, due_at=delivery.due_at + self._delay())
                again = replace(delivery, id=-delivery.id, due_at=delivery.due_at + self._delay())
                carry([first, again])

        return carry_twice

    def _delay(self) -> timedelta:
        return timedelta(seconds=self._chance.uniform(0, LONGEST_DELAY_SECONDS))


def _text(trigger: Any) -> str:
    """What a function is called with; of a request, the key that the client has given it."""
    if trigger.type != "http":
        return str(trigger.value)
    key = trigger.value["headers"].get("idempotency-key")
    return str(key.value) if key else ""


async def _operation(name: str, call: Call) -> Any:
    story = EXECUTING.get()
    if story is None:
        return await call()
    how = story.dies_at.get(story.operations)
    story.operations += 1
    if how == "fault" and name != "submit":
        raise StoreUnavailable("the store has no time now")
    if how in ("before", "fault"):
        raise Killed
    result = await call()
    if how == "after":
        raise Killed
    return result
