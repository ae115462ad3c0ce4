"""Activities that end the process whenever they run: given up after a while, and listed."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from local.durable.execution.history import EventType, compact, row, to_text
from local.durable.persistence.records import Activity, Letter
from local.durable.persistence.storage import ACTIVITY_COLUMNS
from local.durable.persistence.transactions import end_activity

MOST_CRASHES = 5
"""As often as Azure's queues deliver a message before they treat it as poison."""


@dataclass(frozen=True)
class PoisonActivity:
    """One that was given up. `input` is JSON text."""

    instance_id: str
    name: str
    input: str
    failed_at: str


def count_crashes(sequences: list[int], now: datetime, db: sqlite3.Connection) -> None:
    """Note that a process ended while it ran these; whichever ended too many has failed."""
    for sequence in sequences:
        db.execute("UPDATE activities SET crashes = crashes + 1 WHERE sequence = ?", (sequence,))
        query = f"SELECT {ACTIVITY_COLUMNS} FROM activities WHERE sequence = ? AND crashes >= ?"
        if found := db.execute(query, (sequence, MOST_CRASHES)).fetchone():
            _give_up(Activity(*found), now, db)


def poison_activities(reader: sqlite3.Connection) -> list[PoisonActivity]:
    """All of them, the oldest first."""
    query = "SELECT instance_id, name, input, failed_at FROM poison_activities ORDER BY failed_at, sequence"
    return [PoisonActivity(*found) for found in reader.execute(query)]


def _give_up(activity: Activity, now: datetime, db: sqlite3.Connection) -> None:
    values = (activity.sequence, activity.instance_id, activity.name, activity.input, to_text(now))
    db.execute("INSERT INTO poison_activities VALUES (?, ?, ?, ?, ?)", values)
    reason = f"Activity function '{activity.name}' failed:  the process ended {activity.crashes} times while it ran"
    body = row(EventType.TASK_FAILED, now, TaskScheduledId=activity.task_id, Reason=reason, Details=None)
    end_activity(activity.sequence, Letter(activity.instance_id, compact(body), activity.execution_id), db)
