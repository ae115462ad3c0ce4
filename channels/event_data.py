"""Reading the data of events that others write, and spell as they like.

The documentation of Communication Services, its specification and what it really sends differ: keys are compared
without case, everything may be missing, and whatever has a wrong type is as good as missing. Nothing here raises.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from delivery import clock

Data = Mapping[str, Any]
"""An object with its keys in lower case."""


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
    """In UTC. A time at the very edge of the calendar has no moment in UTC and is as good as none."""
    try:
        return clock.from_text(text(data, key)).astimezone(UTC)
    except (ValueError, OverflowError):
        return otherwise
