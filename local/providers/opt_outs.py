"""Customers who answered STOP to one of our numbers, as the carrier or Communication Services stores and enforces it.

By pair of numbers, as there. A toll-free number knows the words STOP, START and UNSTOP, a short code of the United
States a few more. Short codes of other countries relay these words and block nobody; those are not told apart here.
"""

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS opt_outs (
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (sender, recipient)
) WITHOUT ROWID;
"""

BLOCKED = "4007: Sender blocked for given recipient."
"""The details of the delivery report on a message to them: it is accepted, and never sent."""

STOPS = {"STOP"}
STOPS_OF_SHORT_CODES = STOPS | {"QUIT", "END", "REVOKE", "OPT OUT", "CANCEL", "UNSUBSCRIBE"}
STARTS = {"START", "UNSTOP"}
LONGEST_SHORT_CODE = 6


def hear(connection: sqlite3.Connection, sender: str, recipient: str, text: str) -> None:
    """Take note of a text message from `recipient` to our number `sender`. Only the word alone counts, in any case."""
    pair, word = _pair(sender, recipient), text.strip().upper()
    if word in (STOPS_OF_SHORT_CODES if len(pair[0]) <= LONGEST_SHORT_CODE else STOPS):
        connection.execute("INSERT OR IGNORE INTO opt_outs (sender, recipient) VALUES (?, ?)", pair)
    if word in STARTS:
        connection.execute("DELETE FROM opt_outs WHERE sender = ? AND recipient = ?", pair)


def is_blocked(connection: sqlite3.Connection, sender: str, recipient: str) -> bool:
    """Whether text messages from our number `sender` no longer reach `recipient`."""
    pair = _pair(sender, recipient)
    found = connection.execute("SELECT 1 FROM opt_outs WHERE sender = ? AND recipient = ?", pair).fetchone()
    return found is not None


def _pair(sender: str, recipient: str) -> tuple[str, str]:
    return sender.lstrip("+"), recipient.lstrip("+")
