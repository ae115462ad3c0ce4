"""Rewinding a failed workflow: its history without the failed steps, so that only these run again."""

from datetime import datetime

from local.durable.execution.history import EventType, Row, compact, row
from local.durable.execution.pending import Action
from local.durable.execution.replay import steps_to_repeat
from local.durable.persistence.records import Letter

_SCHEDULES = (
    EventType.TASK_SCHEDULED,
    EventType.SUB_ORCHESTRATION_CREATED,
    EventType.TIMER_CREATED,
)


def rewinding(instance_id: str, now: datetime, reason: str | None = None) -> Letter:
    """The letter that brings a failed workflow its next turn."""
    return Letter(instance_id, compact(row(EventType.GENERIC, now, Data=reason)))


def rewound(history: list[Row], actions: list[Action]) -> list[str]:
    """The rows that stay, as JSON. `actions` is what the orchestrator asks for by this history."""
    ids = steps_to_repeat(actions, history)
    return [compact(entry) for entry in history if not _is_forgotten(entry, ids)]


def _is_forgotten(entry: Row, ids: frozenset[int]) -> bool:
    kind = entry["EventType"]
    if kind in _SCHEDULES:
        return entry["EventId"] in ids
    ended = entry.get("TimerId") if kind == EventType.TIMER_FIRED else entry.get("TaskScheduledId")
    return kind == EventType.EXECUTION_COMPLETED or ended in ids
