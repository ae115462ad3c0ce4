"""Stored calls, so that a repeated call is recognised and sent once."""

import json
import sqlite3
from dataclasses import dataclass

SCHEMA = """
CREATE TABLE IF NOT EXISTS operations (
    channel TEXT NOT NULL,
    id TEXT NOT NULL COLLATE NOCASE,  -- a UUID, whose case means nothing
    fingerprint TEXT NOT NULL,
    refusals INTEGER NOT NULL DEFAULT 0,
    message_ids TEXT,  -- null while every call was refused, so nothing was executed
    PRIMARY KEY (channel, id)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Operation:
    """What is remembered of a call with an idempotency id; `message_ids` once it was executed."""

    fingerprint: str
    refusals: int = 0
    message_ids: tuple[str, ...] | None = None


def recall(connection: sqlite3.Connection, channel: str, operation_id: str) -> Operation | None:
    """What is remembered, if anything."""
    row = connection.execute(
        "SELECT fingerprint, refusals, message_ids FROM operations WHERE channel = ? AND id = ?",
        (channel, operation_id),
    ).fetchone()
    if row is None:
        return None
    fingerprint, refusals, message_ids = row
    return Operation(fingerprint, refusals, message_ids and tuple(json.loads(message_ids)))


def remember(connection: sqlite3.Connection, channel: str, operation_id: str, operation: Operation) -> None:
    """Write it over whatever was remembered."""
    message_ids = operation.message_ids and json.dumps(operation.message_ids)
    connection.execute(
        "INSERT OR REPLACE INTO operations (channel, id, fingerprint, refusals, message_ids) VALUES (?, ?, ?, ?, ?)",
        (channel, operation_id, operation.fingerprint, operation.refusals, message_ids),
    )


def was_executed(connection: sqlite3.Connection, channel: str, operation_id: str) -> bool:
    """Whether a call with this id was executed."""
    operation = recall(connection, channel, operation_id)
    return operation is not None and operation.message_ids is not None
