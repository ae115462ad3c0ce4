"""A process that dies at any commit, just before or just after it: the next one ends the work, once."""

import asyncio

import azure.durable_functions as df
import pytest

from tests.local.durable.dying_disk import DyingDisk

ENTITY = df.EntityId("counter", "mine")
COMMITS = 6
"""More than the workflow makes after its start: a turn, one to three batches of the entity, and the last turn."""


@pytest.mark.parametrize("is_last_committed", [False, True])
@pytest.mark.parametrize("commits", range(1, COMMITS + 1))
async def test_a_crash_at_any_commit_neither_loses_nor_doubles_anything(platform, commits, is_last_committed):
    await platform.client.start_new("counts_with_an_entity", "mine")
    disk = DyingDisk(platform.host.client.engine.storage, commits, is_last_committed)
    finished = asyncio.create_task(platform.finished("mine"))
    await asyncio.wait([finished, died := asyncio.create_task(disk.died.wait())], return_when=asyncio.FIRST_COMPLETED)
    finished.cancel()
    died.cancel()

    await platform.restart()

    assert (await platform.finished("mine")).output == 5
    assert (await platform.client.read_entity_state(ENTITY)).entity_state == 5


async def test_a_timer_that_is_due_while_nobody_runs_fires_at_the_next_start(platform):
    await platform.client.start_new("doorbell", "mine", {"names": ["first"]})
    await platform.waiting("mine", '{"waits":"first"}')
    await platform.host.stop()
    await platform.clock.advance(minutes=1)
    await platform.start()

    assert (await platform.finished("mine")).output == ["silence"]


async def test_an_event_that_was_answered_is_heard_after_a_restart(platform):
    await platform.client.start_new("one_event", "mine")
    await platform.client.raise_event("mine", "go", "a")
    await platform.restart()

    assert (await platform.finished("mine")).output == '"a"'
