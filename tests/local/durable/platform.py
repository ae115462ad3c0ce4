"""A real host in the test's own event loop, the real SDK client, and a clock that the test moves."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import azure.durable_functions as df
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from local.clock import Clock
from local.durable.api.client_binding import binding_value
from local.durable.persistence.records import Instance
from local.host.app.app_loader import load_app
from local.host.server import Host

STRICT_TYPING = "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"
APPS = Path(__file__).parents[2] / "apps"


class MovingClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime(2030, 1, 1, 12, tzinfo=UTC)
        self._moved = asyncio.Condition()
        self._asked: set[datetime] = set()

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, moment: datetime) -> None:
        async with self._moved:
            self._asked.add(moment)
            self._moved.notify_all()
            await self._moved.wait_for(lambda: self._now >= moment)

    async def until_someone_sleeps(self, **delta: float) -> None:
        """Wait until something sleeps until then, counted from now."""
        moment = self._now + timedelta(**delta)
        async with self._moved:
            await asyncio.wait_for(self._moved.wait_for(lambda: moment in self._asked), timeout=10)

    async def advance(self, **delta: float) -> None:
        async with self._moved:
            self._now += timedelta(**delta)
            self._moved.notify_all()


class Platform:
    """A host of one app. `client` is the SDK's; the rest waits for what the engine commits."""

    def __init__(self, app: Path, data: Path, clock: Clock | None = None) -> None:
        self._app, self._data = load_app(app), data
        self.clock = MovingClock() if clock is None else clock

    async def start(self) -> None:
        self.host = Host(self._app, self._data, clock=self.clock)
        await self.host.start()
        self.client = df.DurableOrchestrationClient(binding_value(self.host.url, self._app.host.hub_name))

    async def restart(self) -> None:
        await self.host.stop()
        await self.start()

    async def until(self, instance_id: str, wanted: Callable[[Instance], bool]) -> Instance:
        return await asyncio.wait_for(self.host.client.until(instance_id, wanted), timeout=10)

    async def finished(self, instance_id: str) -> DurableOrchestrationStatus:
        await self.until(instance_id, lambda instance: not instance.is_live)
        return await self.client.get_status(instance_id)

    async def settled(self, instance_id: str) -> None:
        """Wait until the workflow has taken in all that was sent to it."""
        inbox = self.host.client.engine.storage.inbox
        await self.until(instance_id, lambda instance: instance.status != "Pending" and not inbox(instance_id))

    async def waiting(self, instance_id: str, custom_status: str) -> None:
        """Wait until the workflow has committed a turn with this custom status (JSON)."""
        await self.until(instance_id, lambda instance: instance.custom_status == custom_status)

    async def run(self, name: str, client_input: Any = None) -> DurableOrchestrationStatus:
        return await self.finished(await self.client.start_new(name, client_input=client_input))

    async def get(self, path: str) -> Any:
        """The JSON that the host answers."""
        async with aiohttp.ClientSession(self.host.url) as session, session.get(path) as answer:
            return await answer.json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """The status and the JSON that the host answers, None without a body."""
        async with aiohttp.ClientSession(self.host.url) as session, session.post(path, json=body) as answer:
            return answer.status, json.loads(await answer.text() or "null")

    async def delete(self, path: str) -> int:
        async with aiohttp.ClientSession(self.host.url) as session, session.delete(path) as answer:
            return answer.status

    async def entity_state(self, entity: df.EntityId, wanted: Any) -> None:
        """Wait until the entity's state is as wanted."""
        target = df.EntityId.get_scheduler_id(entity)
        while True:
            turned = self.host.client.engine.next_turn(target)
            if (await self.client.read_entity_state(entity)).entity_state == wanted:
                return
            await asyncio.wait_for(turned.wait(), timeout=10)


def deployed(app: str, directory: Path, **durable: object) -> str:
    """A copy of the app, for `running`, whose host.json has these settings for Durable Functions."""
    shutil.copytree(APPS / app, directory, dirs_exist_ok=True)
    (directory / "host.json").write_text(json.dumps({"extensions": {"durableTask": durable}}))
    return str(directory)


@asynccontextmanager
async def running(app: str, data: Path, clock: Clock | None = None) -> AsyncIterator[Platform]:
    with patch.dict(os.environ, {STRICT_TYPING: os.environ.get(STRICT_TYPING, "true")}):  # the SDK warns otherwise
        platform = Platform(APPS / app, data, clock)
        await platform.start()
        try:
            yield platform
        finally:
            await platform.host.stop()
