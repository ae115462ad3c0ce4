"""Random workflows in a process that dies repeatedly: they end as if it had not."""

import asyncio
import json
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.clock import Clock
from local.durable.api.client import Client
from local.durable.engine import Engine, Limits
from local.host.app.app_loader import load_app
from local.host.app.worker import Worker
from tests.local.durable.dying_disk import DyingDisk
from tests.local.durable.platform import APPS

WORDS = ["one", "many", "failing", "retried", "timer", "early", "missing", "child", "call", "signal", "as new"]
STEPS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(
    lambda words: [[w, n] for n, w in enumerate(words)]
)


class RushingClock(Clock):
    """Time moves to the moment that something sleeps until."""

    def __init__(self):
        super().__init__()
        self._now = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def now(self):
        return self._now

    async def _sleep_until(self, moment):
        self._now = max(self._now, moment)


class Life:
    """One process on the data: an engine and a client, without HTTP."""

    def __init__(self, data, clock, worker):
        self._engine = Engine(data, worker, clock, Limits())
        self.storage = self._engine.storage
        self.client = Client(self._engine)

    async def until_finished(self):
        return await self.client.until("mine", lambda instance: not instance.is_live)

    async def begin(self, steps):
        """Every early event comes before the first turn."""
        await self.client.start_new("scripted", "mine", json.dumps(json.dumps({"steps": steps, "done": []})))
        for word, number in steps:
            if word == "early":
                await self.client.raise_event("mine", f"event-{number}", json.dumps(number))
        self._engine.start()

    def go_on(self):
        self._engine.start()

    async def stop(self):
        await self._engine.stop()
        self.storage.close()


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
    return load_app(APPS / "scripted")


@asynccontextmanager
async def world(app):
    worker = Worker(app, "{}")
    with tempfile.TemporaryDirectory() as data:
        clock = RushingClock()
        yield lambda: Life(Path(data), clock, worker)
    worker.stop()


async def undisturbed(app, steps):
    async with world(app) as new_life:
        life = new_life()
        await life.begin(steps)
        end = await asyncio.wait_for(life.until_finished(), timeout=20)
        outcome = (end.status, end.output, life.storage.entity_state("@total@all"))
        await life.stop()
    return outcome


async def dying_all_the_time(app, steps, commits, is_last_committed):
    """Each process dies at its so-manieth commit."""
    async with world(app) as new_life:
        life = new_life()
        await life.begin(steps)
        while True:
            disk = DyingDisk(life.storage, commits, is_last_committed)
            end = asyncio.create_task(life.until_finished())
            death = asyncio.create_task(disk.died.wait())
            await asyncio.wait([end, death], return_when=asyncio.FIRST_COMPLETED, timeout=20)
            is_over = end.done()
            for task in (end, death):
                task.cancel()
            await life.stop()
            life = new_life()
            if is_over:
                instance = life.storage.instance("mine")
                outcome = (instance.status, instance.output, life.storage.entity_state("@total@all"))
                await life.stop()
                return outcome
            life.go_on()


@given(steps=STEPS, commits=st.integers(2, 4), is_last_committed=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_process_that_dies_all_the_time_changes_no_outcome(app, steps, commits, is_last_committed):
    expected = asyncio.run(undisturbed(app, steps))

    assert expected[0] == "Completed"
    assert asyncio.run(dying_all_the_time(app, steps, commits, is_last_committed)) == expected
