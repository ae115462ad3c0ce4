"""The events that are still to be delivered, on the disk."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime

from local.event_grid.subscriptions import Event, Subscription, subscriptions_for
from local.rfc3339 import from_text, to_text

SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: dead letters are named by it
    subscription TEXT NOT NULL,
    event TEXT NOT NULL,
    published_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_outcome TEXT NOT NULL DEFAULT '',
    last_attempt_at TEXT NOT NULL DEFAULT ''
);
"""


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one subscription. `last_outcome` is in Event Grid's words, empty before the first try."""

    id: int
    subscription: str
    event: Event
    published_at: datetime
    due_at: datetime
    attempts: int = 0
    last_outcome: str = ""
    last_attempt_at: str = ""

    def after_failure(self, outcome: str, at: datetime) -> "Delivery":
        """The same delivery, one failure later."""
        return replace(self, attempts=self.attempts + 1, last_outcome=outcome, last_attempt_at=to_text(at))


def publish(connection: sqlite3.Connection, topic: str, event: Event, at: datetime) -> list[Delivery]:
    """Store the event, which is to be delivered from `at` on: one delivery per subscription."""
    return [_insert(connection, subscription, event, at) for subscription in subscriptions_for(topic, event)]


def pending(connection: sqlite3.Connection) -> list[Delivery]:
    """Everything not delivered and not given up."""
    rows = connection.execute(
        "SELECT id, subscription, event, published_at, due_at, attempts, last_outcome, last_attempt_at FROM deliveries"
    )
    return [
        Delivery(number, name, json.loads(event), from_text(published_at), from_text(due_at), *rest)
        for number, name, event, published_at, due_at, *rest in rows
    ]


def postpone(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Keep what the last failure changed."""
    connection.execute(
        "UPDATE deliveries SET due_at = ?, attempts = ?, last_outcome = ?, last_attempt_at = ? WHERE id = ?",
        (to_text(delivery.due_at), delivery.attempts, delivery.last_outcome, delivery.last_attempt_at, delivery.id),
    )


def forget(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """It arrived, or it is among the dead letters."""
    connection.execute("DELETE FROM deliveries WHERE id = ?", (delivery.id,))


def _insert(connection: sqlite3.Connection, subscription: Subscription, event: Event, at: datetime) -> Delivery:
    cursor = connection.execute(
        "INSERT INTO deliveries (subscription, event, published_at, due_at) VALUES (?, ?, ?, ?)",
        (subscription.name, json.dumps(event), to_text(at), to_text(at)),
    )
    assert cursor.lastrowid is not None  # an insert has one
    return Delivery(cursor.lastrowid, subscription.name, event, published_at=at, due_at=at)
