"""How the management API shows a workflow."""

import json
from typing import Any

from local.durable.execution.history import EventType, Row
from local.durable.execution.turns import STATUS_NUMBERS
from local.durable.persistence.records import Instance

STATUS_NAMES = {number: name for name, number in STATUS_NUMBERS.items()}

EVENT_NAMES = {
    EventType.EXECUTION_STARTED: "ExecutionStarted",
    EventType.EXECUTION_COMPLETED: "ExecutionCompleted",
    EventType.EXECUTION_TERMINATED: "ExecutionTerminated",
    EventType.TASK_SCHEDULED: "TaskScheduled",
    EventType.TASK_COMPLETED: "TaskCompleted",
    EventType.TASK_FAILED: "TaskFailed",
    EventType.SUB_ORCHESTRATION_CREATED: "SubOrchestrationInstanceCreated",
    EventType.SUB_ORCHESTRATION_COMPLETED: "SubOrchestrationInstanceCompleted",
    EventType.SUB_ORCHESTRATION_FAILED: "SubOrchestrationInstanceFailed",
    EventType.TIMER_CREATED: "TimerCreated",
    EventType.TIMER_FIRED: "TimerFired",
    EventType.EVENT_SENT: "EventSent",
    EventType.EVENT_RAISED: "EventRaised",
    EventType.GENERIC: "GenericEvent",
    EventType.EXECUTION_SUSPENDED: "ExecutionSuspended",
    EventType.EXECUTION_RESUMED: "ExecutionResumed",
}
_HIDDEN = ("EventType", "EventId", "IsPlayed", "Version", "TaskScheduledId", "TimerId")
_ENDS = {
    EventType.TASK_COMPLETED,
    EventType.TASK_FAILED,
    EventType.SUB_ORCHESTRATION_COMPLETED,
    EventType.SUB_ORCHESTRATION_FAILED,
}
_CALLS = {EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_CREATED}


def status_of(instance: Instance, *, show_input: bool = True) -> dict[str, Any]:
    """The state of one workflow. Times are whole seconds. Azure has no `warning`; it is there only if there is one."""
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": instance.status,
        "input": _json_or_text(instance.input) if show_input else None,
        "customStatus": _json_or_text(instance.custom_status),
        "output": _json_or_text(instance.output),
        "createdTime": whole_seconds(instance.created_at),
        "lastUpdatedTime": whole_seconds(instance.updated_at),
        **({"warning": instance.warning} if instance.warning else {}),
    }


def history_events(history: list[Row], *, show_input: bool, show_output: bool) -> list[dict[str, Any]]:
    """The history as people want to read it: a call that has ended is folded into its end, and turns are left out."""
    scheduled = {entry["EventId"]: entry for entry in history if entry["EventType"] in _CALLS}
    ended = {entry["TaskScheduledId"] for entry in history if entry["EventType"] in _ENDS}
    shown = [
        entry
        for entry in history
        if entry["EventType"] in EVENT_NAMES and not (entry["EventType"] in _CALLS and entry["EventId"] in ended)
    ]
    return [_event(entry, scheduled, show_input=show_input, show_output=show_output) for entry in shown]


def _event(entry: Row, scheduled: dict[int, Row], *, show_input: bool, show_output: bool) -> dict[str, Any]:
    kind = EventType(entry["EventType"])
    hidden = {*_HIDDEN, *(() if show_input else ("Input",)), *(() if show_output else ("Result",))}
    event = {"EventType": EVENT_NAMES[kind], **{key: value for key, value in entry.items() if key not in hidden}}
    if kind in _ENDS and (call := scheduled.get(entry["TaskScheduledId"])):
        event |= {"ScheduledTime": call["Timestamp"], "FunctionName": call["Name"]}
    if kind == EventType.EXECUTION_STARTED:
        for key in ("OrchestrationInstance", "ParentInstance", "Tags"):
            event.pop(key, None)
        event["FunctionName"] = event.pop("Name")
    if kind == EventType.EXECUTION_COMPLETED:
        event["OrchestrationStatus"] = STATUS_NAMES[event["OrchestrationStatus"]]
    return event


def whole_seconds(moment: str) -> str:
    return f"{moment[:19]}Z"


def _json_or_text(text: str | None) -> Any:
    """JSON, or a plain text such as the reason of a termination."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text
