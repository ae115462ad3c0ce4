"""What becomes of a piece of work that the engine itself fails at: here, because its tables are gone for a while."""

import sqlite3
from contextlib import closing, contextmanager

import pytest


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data" / "durable.db"


@contextmanager
def without(table, data):
    with closing(sqlite3.connect(data, isolation_level=None, timeout=10)) as db:
        db.execute(f"ALTER TABLE {table} RENAME TO away")
        yield
        db.execute(f"ALTER TABLE away RENAME TO {table}")


async def test_a_turn_that_the_engine_fails_at_is_taken_when_the_fault_is_over(platform, data, caplog):
    instance_id = await platform.client.start_new("one_event")
    await platform.settled(instance_id)
    with without("history", data):
        await platform.client.raise_event(instance_id, "go")
        await platform.clock.until_someone_sleeps(seconds=1)

    await platform.clock.advance(seconds=1)

    assert (await platform.finished(instance_id)).runtime_status.name == "Completed"
    assert f"failed at the turn of '{instance_id}', 1 times by now, and tries again in 1 s" in caplog.text
    assert "no such table: history" in caplog.text


async def test_the_pauses_between_failures_grow_to_about_a_minute(platform, data, caplog):
    instance_id = await platform.client.start_new("one_event")
    await platform.settled(instance_id)
    with without("history", data):
        await platform.client.raise_event(instance_id, "go")
        for pause in (1, 2, 4, 8, 16, 32, 64, 64):
            await platform.clock.until_someone_sleeps(seconds=pause)
            await platform.clock.advance(seconds=pause)
        await platform.clock.until_someone_sleeps(seconds=64)

    await platform.clock.advance(seconds=64)

    assert (await platform.finished(instance_id)).runtime_status.name == "Completed"
    assert caplog.text.count("tries again in") == 9


async def test_a_new_letter_ends_the_pause_and_a_success_the_growth(platform, data, caplog):
    instance_id = await platform.client.start_new("one_event")
    await platform.settled(instance_id)
    for _ in range(2):
        with without("history", data):
            await platform.client.raise_event(instance_id, "nobody")
            await platform.clock.until_someone_sleeps(seconds=1)
        await platform.client.raise_event(instance_id, "nobody")
        await platform.settled(instance_id)
        await platform.clock.advance(hours=1)

    assert caplog.text.count("1 times by now, and tries again in 1 s") == 2


async def test_a_turn_that_cannot_be_written_is_taken_again(platform, data, caplog):
    with without("activities", data):
        instance_id = await platform.client.start_new("chain", client_input={"number": 1})
        await platform.clock.until_someone_sleeps(seconds=1)

    await platform.clock.advance(seconds=1)

    assert (await platform.finished(instance_id)).runtime_status.name == "Completed"


async def test_timers_fire_when_the_fault_is_over(platform, data, caplog):
    instance_id = await platform.client.start_new("doorbell", client_input={"names": ["nobody"]})
    await platform.clock.until_someone_sleeps(minutes=1)
    with without("timers", data):
        await platform.clock.advance(minutes=1)
        await platform.clock.until_someone_sleeps(seconds=1)

    await platform.clock.advance(seconds=1)

    assert (await platform.finished(instance_id)).output == ["silence"]
    assert "failed at the timers of 'timers'" in caplog.text


async def test_a_stop_does_not_wait_for_a_pause(platform, data):
    instance_id = await platform.client.start_new("one_event")
    await platform.settled(instance_id)
    with without("history", data):
        await platform.client.raise_event(instance_id, "go")
        await platform.clock.until_someone_sleeps(seconds=1)
        await platform.host.stop()

    await platform.start()

    assert (await platform.finished(instance_id)).runtime_status.name == "Completed"
