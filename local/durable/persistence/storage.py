"""The storage of the engine in SQLite. A waiting workflow exists as rows only, not in memory."""

import fcntl
from pathlib import Path
from typing import Any, TextIO

from group_commit import GroupCommit
from local.durable.persistence.records import Activity, Committed, Instance, Letter, Parent
from local.durable.persistence.schema import SCHEMA, prepare

ACTIVITY_COLUMNS = "instance_id, execution_id, task_id, name, input, crashes, sequence"
"""In the order of `Activity`."""


class DataDirectoryInUse(Exception):
    """Another process runs on this data directory."""


class Storage:
    """The file `durable.db` of one data directory, held by one process at a time.

    Raises `DataDirectoryInUse`, and `UnknownVersion` for a file of a later engine.
    """

    def __init__(self, data_directory: Path) -> None:
        data_directory.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(data_directory / "durable.lock")
        try:
            prepare(data_directory / "durable.db")
        except BaseException:
            self._lock.close()
            raise
        self._commits = GroupCommit(data_directory / "durable.db", SCHEMA)
        self.write = self._commits.write
        self.reader = self._commits.reader
        self.check_files = self._commits.check_files

    def close(self) -> None:
        self._commits.close()
        self._lock.close()

    def instance(self, instance_id: str) -> Instance | None:
        found = self.reader.execute("SELECT * FROM instances WHERE id = ?", (instance_id,)).fetchone()
        return instance_from(found) if found else None

    def history(self, instance_id: str) -> list[str]:
        rows = self.reader.execute("SELECT row FROM history WHERE instance_id = ? ORDER BY sequence", (instance_id,))
        return [row for (row,) in rows]

    def inbox(self, target: str, top: int = -1) -> list[Letter]:
        """The oldest letters to one target, in their order of arrival; all of them without `top`."""
        query = "SELECT target, body, execution_id, sequence FROM inbox WHERE target = ? ORDER BY sequence LIMIT ?"
        return [Letter(*found) for found in self.reader.execute(query, (target, top))]

    def activity(self, sequence: int) -> Activity | None:
        query = f"SELECT {ACTIVITY_COLUMNS} FROM activities WHERE sequence = ?"
        found = self.reader.execute(query, (sequence,)).fetchone()
        return Activity(*found) if found else None

    def entity_state(self, target: str) -> str | None:
        """JSON text, or None if the entity does not exist."""
        found = self.reader.execute("SELECT state FROM entities WHERE id = ?", (target,)).fetchone()
        return str(found[0]) if found else None

    def next_due(self) -> str | None:
        """When the earliest timer is due."""
        found: tuple[str | None] = self.reader.execute("SELECT min(due_at) FROM timers").fetchone()
        return found[0]

    def left_to_do(self) -> Committed:
        """What an earlier process left behind."""
        targets = self.reader.execute("SELECT DISTINCT target FROM inbox").fetchall()
        activities = self.reader.execute("SELECT sequence FROM activities ORDER BY sequence").fetchall()
        return Committed([target for (target,) in targets], [sequence for (sequence,) in activities])


def refuse_if_in_use(data_directory: Path) -> None:
    """Raises `DataDirectoryInUse`."""
    _lock(data_directory / "durable.lock").close()


def _lock(path: Path) -> TextIO:
    """Hold the file until it is closed or the process ends, however it ends."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DataDirectoryInUse(f"another process runs on {path.parent}; stop it or use another directory") from None
    return file


def instance_from(found: tuple[Any, ...]) -> Instance:
    """From a row of the table `instances`."""
    *columns, parent_id, parent_execution_id, task_id, warning = found
    parent = Parent(parent_id, parent_execution_id, int(task_id)) if parent_id else None
    return Instance(*columns, parent, warning)  # type: ignore[call-arg]  # the columns are in the order of the fields
