"""History rows as the Durable Functions host sends them to the Python SDK.

A row is a flat JSON object. azure-functions-durable 1.7.0 fails on a row without `EventType`, `EventId`, `IsPlayed`
or `Timestamp`, and on some rows without a key that may be null: so every row of a workflow is built here.
"""

import json
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any

Row = dict[str, Any]


class EventType(IntEnum):
    """The numbers of DurableTask.Core; those it never sends to Python are left out."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_CREATED = 7
    SUB_ORCHESTRATION_COMPLETED = 8
    SUB_ORCHESTRATION_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_SENT = 14
    EVENT_RAISED = 15
    GENERIC = 17
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20


def row(kind: EventType, moment: datetime, event_id: int = -1, **fields: Any) -> Row:
    """One row. `event_id` counts what a workflow schedules; it is -1 on all other rows."""
    return {"EventType": int(kind), "EventId": event_id, "IsPlayed": False, "Timestamp": to_text(moment), **fields}


def execution_started(
    moment: datetime,
    name: str,
    version: str | None,
    input_text: str | None,
    instance: dict[str, str],
    parent: Row | None = None,
) -> Row:
    """The row that begins a workflow. `instance` is {"InstanceId", "ExecutionId"}, `input_text` is JSON."""
    return row(
        EventType.EXECUTION_STARTED,
        moment,
        Name=name,
        Version=version,
        Input=input_text,
        OrchestrationInstance=instance,
        ParentInstance=parent,
        Tags=None,
    )


@lru_cache(maxsize=16)
def to_text(moment: datetime) -> str:
    """As .NET prints a UTC DateTime: seven digits of a second, so that texts sort as their moments do.

    Remembered, since all rows of a turn are of one moment.
    """
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}0Z"


def from_text(text: str) -> datetime:
    """An aware moment; Python cuts the seventh digit. Without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def compact(value: Any) -> str:
    """JSON without spaces, and in ASCII: half of a surrogate pair is no text that SQLite would take."""
    return _encode(value)


_encode = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make a new encoder for each row
