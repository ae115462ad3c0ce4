"""Every send that a provider has executed: what a customer would notice, one row for each of them.

A repetition that was recognised has no row, so two rows with one attempt id are a message sent twice.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.rfc3339 import from_text, to_text

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    provider_message_id TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    tag TEXT,
    content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ledger_by_attempt ON ledger (attempt_id);
CREATE INDEX IF NOT EXISTS ledger_by_recipient ON ledger (recipient COLLATE NOCASE);
"""


@dataclass(frozen=True)
class Effect:
    """One message that went out to one address. `content`: {"subject"?, "text"?, "html"?}, or {"template"} or media."""

    at: datetime
    channel: str
    to: str
    sender: str
    provider_message_id: str
    attempt_id: str
    tag: str | None
    content: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "at": to_text(self.at),
            "channel": self.channel,
            "to": self.to,
            "providerMessageId": self.provider_message_id,
            "attemptId": self.attempt_id,
            "content": self.content,
        }


def record(connection: sqlite3.Connection, effect: Effect) -> None:
    """Add a row."""
    connection.execute(
        "INSERT INTO ledger (at, channel, recipient, sender, provider_message_id, attempt_id, tag, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            to_text(effect.at),
            effect.channel,
            effect.to,
            effect.sender,
            effect.provider_message_id,
            effect.attempt_id,
            effect.tag,
            json.dumps(effect.content),
        ),
    )


def effects(
    connection: sqlite3.Connection,
    *,
    attempt_id: str | None = None,
    provider_message_id: str | None = None,
    to: str | None = None,
) -> list[Effect]:
    """The rows that match all that is asked for, oldest first. The case of an address does not matter."""
    rows = connection.execute(
        "SELECT at, channel, recipient, sender, provider_message_id, attempt_id, tag, content FROM ledger"
        " WHERE (:attempt IS NULL OR attempt_id = :attempt)"
        " AND (:provider IS NULL OR provider_message_id = :provider)"
        " AND (:to IS NULL OR recipient = :to COLLATE NOCASE) ORDER BY id",
        {"attempt": attempt_id, "provider": provider_message_id, "to": to},
    )
    return [_effect(row) for row in rows]


def clear(connection: sqlite3.Connection) -> None:
    """Delete all rows. The stored calls that identify repetitions stay."""
    connection.execute("DELETE FROM ledger")


def _effect(row: tuple[Any, ...]) -> Effect:
    at, channel, to, sender, provider_message_id, attempt_id, tag, content = row
    return Effect(from_text(at), channel, to, sender, provider_message_id, attempt_id, tag, json.loads(content))
