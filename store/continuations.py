"""Continuations of queries: opaque tokens, each bound to its query."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

MARK_SIZE = 8


def question_of(container: str, partition: str, order_by: str, descending: bool) -> str:
    """The query that a continuation belongs to."""
    return json.dumps([container, partition, order_by, descending])


def continuation(question: str, position: list[Any]) -> str:
    """The token for a position, which is JSON."""
    text = json.dumps(position).encode()
    return urlsafe_b64encode(_mark(question, text) + text).decode()


def position_of(question: str, token: str) -> list[Any]:
    """The position in a token. Raises `ValueError` unless this question gave it."""
    content = urlsafe_b64decode(token)
    mark, text = content[:MARK_SIZE], content[MARK_SIZE:]
    if mark != _mark(question, text):
        raise ValueError("not a continuation of this query")
    return list(json.loads(text))


def _mark(question: str, text: bytes) -> bytes:
    return hashlib.blake2b(question.encode() + text, digest_size=MARK_SIZE).digest()
