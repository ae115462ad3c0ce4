"""How much of each service one message uses, counted on the whole platform in virtual time."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.storage_transactions import storage_transactions
from local.durable.execution.history import EventType
from services import services
from store.documents import Documents
from store.rates import CONTROLS
from tests.cosmos.charges import charge_of
from tests.intercepted import Intercepted
from tests.platform import Channels, Platform, a_platform

SMS, FAILED_SMS, SILENT_SMS, EMAIL = "+14255550123", "+14255550101", "+14255550102", "ada@example.com"
KEPT = timedelta(days=100)  # longer than content and history are by default

STORIES = {
    "delivered on the first channel": {"sms": SMS},
    "silent, then delivered on the second": {"sms": SILENT_SMS, "email": EMAIL},
    "failed, then delivered on the second": {"sms": FAILED_SMS, "email": EMAIL},
}
MINUTES = 12  # timeout for one silent channel, and for the sweeper

Store = dict[tuple[str, str], int]
"""The size of every document, in bytes, by container and id."""


@dataclass
class MessageCount:
    """Of one message, from its request to the day its content is erased."""

    turns: int = 0
    executions: int = 0
    request_units: float = 0.0
    storage_transactions: int = 0
    scheduler_actions: int = 0
    events_published: int = 0
    events_delivered: int = 0
    bytes_stored: int = 0
    bytes_of_history: int = 0
    sizes: Store = field(default_factory=dict)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Activities wait for it. Else the first status would sometimes be published before the first write of a send, and
    sometimes after it: the record would be larger by a notice, and one figure by a request unit."""

    @property
    def event_operations(self) -> int:
        """As Event Grid bills: each publication and each delivery."""
        return self.events_published + self.events_delivered

    def between(self, channels: Channels, documents: Documents) -> tuple[Channels, Documents]:
        async def asking_the_store(name: str, call: Callable[[], Awaitable[Any]]) -> Any:
            await _all_is_told()
            result = await call()
            self._charge(name, call.args, result)  # type: ignore[attr-defined]  # a partial
            return result

        async def asking_a_provider(_: str, call: Callable[[], Awaitable[Any]]) -> Any:
            await _all_is_told()
            return await call()

        asked: Any = {name: Intercepted(channel, asking_a_provider) for name, channel in channels.items()}
        return asked, Intercepted(documents, asking_the_store)

    def _charge(self, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        """As tests/cosmos/charges.py charges. What is asked for all messages together is no part of one: what is due,
        by the timers, and what the rules of sending are, once a second by each worker.
        """
        if name in ("due", "close", "delete", "query") or arguments[0] == CONTROLS:
            return
        if name == "read":
            size = _size(result.document) if result else 0
            asked = 1 if result else 2  # what is not found is looked for where writes are decided
            self.request_units += asked * charge_of("read", 200 if result else 404, size, replaced=False)
            return
        container, document = arguments[:2]
        key, size = (container, document["id"]), _size(document)
        self.request_units += charge_of(name, 200, size, replaced=key in self.sizes)
        self.sizes[key] = size

    def watch(self, platform: Platform) -> None:
        functions: Any = platform.host.client.engine.functions
        run, invoke, entity = functions.run_orchestrator, functions.invoke, functions.run_entity

        def run_counted(*arguments: Any) -> Any:
            self.turns += 1
            return run(*arguments)

        def entity_counted(*arguments: Any) -> Any:
            self.executions += 1
            return entity(*arguments)

        async def invoke_counted(function: Any, trigger: Any) -> Any:
            if function.kind == "activityTrigger":
                await self.answered.wait()
            self.executions += function.kind != "timerTrigger"
            self.events_delivered += function.kind == "eventGridTrigger"
            return await invoke(function, trigger)

        functions.run_orchestrator, functions.invoke, functions.run_entity = run_counted, invoke_counted, entity_counted


async def count(to: dict[str, str]) -> MessageCount:
    """Send a second message to a customer, on these channels, and keep it for `KEPT`."""
    with TemporaryDirectory() as directory:
        counted = MessageCount()
        async with a_platform(Path(directory), counted.between) as platform:
            await _sent(platform, to, counted)
            counted.answered.clear()
            first = replace(counted, sizes=dict(counted.sizes))
            counted.watch(platform)
            message_id = await _sent(platform, to, counted)
            rows = platform.host.client.engine.storage.history(message_id)
            kinds = Counter(EventType(json.loads(row)["EventType"]) for row in rows)
            counted.bytes_of_history = sum(len(row.encode()) for row in rows)
            counted.events_published = len(await platform.published(message_id)) + counted.events_delivered
            await _tended(platform, message_id, counted)
        counted.request_units -= first.request_units
        counted.bytes_stored = sum(counted.sizes.values()) - sum(first.sizes.values())
    counted.storage_transactions = sum(storage_transactions(kinds, entity_operations=1).values())
    counted.scheduler_actions = _actions(kinds)
    return counted


async def _all_is_told() -> None:
    """Notices leave in the background. A record holds one more or less, as that is quick or slow: here it is quick."""
    task = services().status_events._task
    if task:
        await asyncio.wait([task])


def _size(document: Any) -> int:
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())


def _actions(kinds: Counter[EventType]) -> int:
    """Of Durable Task Scheduler, as its billing page counts: whatever begins a turn, an activity or an operation."""
    begins = (EventType.EXECUTION_STARTED, EventType.TASK_COMPLETED, EventType.TIMER_FIRED, EventType.EVENT_RAISED)
    return sum(kinds[kind] for kind in (*begins, EventType.TASK_SCHEDULED, EventType.EVENT_SENT))


async def _sent(platform: Platform, to: dict[str, str], counted: MessageCount) -> str:
    message_id = await platform.post(to=to, channels=[*to])
    counted.answered.set()
    await platform.advance(minutes=MINUTES)
    assert (await platform.published(message_id))[-1]["data"]["status"] == "delivered"  # to ask the app would count
    return message_id


async def _tended(platform: Platform, message_id: str, counted: MessageCount) -> None:
    """Let it have ended long ago, and the housekeeper come by, for its history and for its content."""
    messages = platform.services.messages
    row = await platform.services.correlations.find_accepted(message_id)
    assert row
    for age in (timedelta(days=40), KEPT):
        record = await messages.read(row.conversation_id, message_id)
        ended = replace(record.message, finished_at=platform.clock.now() - age)
        before = counted.request_units
        await messages.replace(record, ended, due_at=platform.clock.now())
        counted.request_units = before  # what makes it older is no part of it
        await platform.advance(minutes=11)
