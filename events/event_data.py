"""Reading the data of foreign events, whose spelling varies.

The documentation of Communication Services, its specification and what it really sends differ: keys are compared
without case, everything may be missing, and a value of a wrong type counts as missing. Nothing here raises.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain import clock

Data = Mapping[str, Any]
"""An object with its keys in lower case."""

OLDEST = timedelta(days=90)
"""No event is brought later than that: dead letters, which an operator can deliver once more, are kept as long."""

LONGEST_INTEGER = 20
FIRST_IN_MILLISECONDS = 1e11  # as seconds it is the year 5138


def from_json(written: str | bytes | None) -> Any:
    """None for what is no JSON, or nested deeper than Python's stack. Of a key that comes twice, the last counts."""
    try:
        return json.loads(written or "", parse_int=_number)
    except (ValueError, RecursionError):
        return None


def _number(digits: str) -> int | float:
    """Python refuses to read integers of more than 4,300 digits."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


def as_data(value: Any) -> Data:
    """An object to be read by the functions below; empty for what is no object."""
    return {str(key).lower(): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def text(data: Data, key: str) -> str:
    """Empty when it is missing. Half characters, which JSON can spell and UTF-8 cannot, become question marks."""
    value = data.get(key)
    return value.strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def word(data: Data, key: str) -> str:
    """A text that is compared without case."""
    return text(data, key).lower()


def moment(data: Data, key: str, otherwise: datetime) -> datetime:
    """When something happened by somebody else's clock, in UTC: RFC 3339, or seconds or milliseconds since 1970.

    `otherwise` when that is no time, or cannot be true: it lies in the future, or longer ago than an event can be.
    """
    return clock.believed(clock.now() - OLDEST, _moment(data.get(key)), otherwise)


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str):
            return clock.from_text(value.strip().upper()).astimezone(UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value >= FIRST_IN_MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):  # the edge of the calendar has no moment in UTC
        return None
    return None
