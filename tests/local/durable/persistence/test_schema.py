"""Files of other versions, and the size of a file from which workflows are purged."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from local.durable.persistence import schema
from local.durable.persistence.schema import UnknownVersion
from local.durable.persistence.storage import Storage
from tests.local.durable.platform import running

VERSION_1 = """
CREATE TABLE instances (
    id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, version TEXT, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    parent_id TEXT, parent_execution_id TEXT, parent_task_id INTEGER
) WITHOUT ROWID;
CREATE TABLE activities (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
    task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL
);
INSERT INTO instances VALUES ('old', 'x', 'chain', NULL, 'Completed', 'null', '7', NULL, '2030', '2031', 'p', 'y', 3);
INSERT INTO activities VALUES (5, 'old', 'x', 0, 'double', '1');
"""


def execute(file, script):
    with closing(sqlite3.connect(file)) as db:
        db.executescript(script)


def test_a_file_of_version_1_is_read_as_what_it_says(tmp_path):
    execute(tmp_path / "durable.db", VERSION_1)
    storage = Storage(tmp_path)

    instance, activity = storage.instance("old"), storage.activity(5)

    assert instance is not None
    assert activity is not None
    assert instance.parent is not None
    assert (instance.output, instance.parent.task_id, instance.warning) == ("7", 3, None)
    assert (activity.name, activity.crashes) == ("double", 0)
    storage.close()


def test_a_file_is_migrated_once(tmp_path):
    execute(tmp_path / "durable.db", VERSION_1)
    for _ in range(2):
        Storage(tmp_path).close()

    with closing(sqlite3.connect(tmp_path / "durable.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_a_file_of_a_later_version_is_refused_and_let_go(tmp_path):
    execute(tmp_path / "durable.db", f"PRAGMA user_version = {schema.VERSION + 1}")

    for _ in range(2):
        with pytest.raises(UnknownVersion, match="use another directory"):
            Storage(tmp_path)


async def test_a_file_from_which_all_is_purged_does_not_grow(tmp_path):
    sizes = []
    async with running("patterns", tmp_path / "data") as platform:
        for number in range(10):
            await asyncio.gather(*(run(platform, f"{number}-{workflow}") for workflow in range(20)))
            await purge(platform, number)
            (pages,) = platform.host.client.engine.storage.reader.execute("PRAGMA page_count").fetchone()
            sizes.append(pages)

    assert sizes[-1] <= 1.5 * sizes[0]  # the first round makes the pages that the others use again


async def run(platform, instance):
    await platform.client.start_new("chain", instance, {"number": 1})
    await platform.finished(instance)


async def purge(platform, number):
    """By filter and by id, in turns."""
    if number % 2:
        deleted = await platform.client.purge_instance_history_by(created_time_from=platform.clock.now())
        assert deleted.instances_deleted == 20
        return
    for workflow in range(20):
        await platform.client.purge_instance_history(f"{number}-{workflow}")
