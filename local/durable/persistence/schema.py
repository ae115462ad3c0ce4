"""The tables of the engine, and how a file of an earlier version becomes one of this."""

import sqlite3
from contextlib import closing
from pathlib import Path

VERSION = 2
"""In the file as user_version. Files of version 1 were written before there was a number, and say 0."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, version TEXT, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    parent_id TEXT, parent_execution_id TEXT, parent_task_id INTEGER, warning TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_by_age ON instances (created_at, id);
CREATE TABLE IF NOT EXISTS history (
    instance_id TEXT NOT NULL, sequence INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (instance_id, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, execution_id TEXT, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS inbox_by_target ON inbox (target, sequence);
CREATE TABLE IF NOT EXISTS activities (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
    task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL, crashes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS poison_activities (
    sequence INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL,
    failed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS timers (
    instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, timer_id INTEGER NOT NULL, due_at TEXT NOT NULL,
    PRIMARY KEY (instance_id, timer_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due_at);
CREATE TABLE IF NOT EXISTS entities (
    id TEXT PRIMARY KEY, state TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
) WITHOUT ROWID;
"""

FROM_1_TO_2 = """
ALTER TABLE instances ADD COLUMN warning TEXT;
ALTER TABLE activities ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
"""


class UnknownVersion(Exception):
    """The file was written by a later version of the engine."""


def prepare(path: Path) -> None:
    """Make a file of this version, or of an earlier one: all of it, or nothing. Raises `UnknownVersion`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        version = _version(db, path)
        is_of_version_1 = version == 0 and bool(db.execute("SELECT 1 FROM sqlite_master").fetchone())
        changes = FROM_1_TO_2 if is_of_version_1 else ""
        db.executescript(f"BEGIN IMMEDIATE; {changes} {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")


def refuse_later_version(path: Path) -> None:
    """Raises `UnknownVersion`."""
    if path.exists():
        with closing(sqlite3.connect(path)) as db:
            _version(db, path)


def _version(db: sqlite3.Connection, path: Path) -> int:
    version: int
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise UnknownVersion(
            f"{path} is of version {version}, and this engine knows {VERSION} at most; use another directory"
        )
    return version
