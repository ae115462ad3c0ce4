"""What the host does with each new decision of a workflow: one history row, and one piece of work."""

import uuid
from datetime import datetime

from local.durable.api.functions import Functions, does_not_exist
from local.durable.api.http_calls import HTTP_ACTIVITY
from local.durable.execution.history import EventType, Row, compact, row, to_text
from local.durable.execution.pending import Action
from local.durable.execution.replay import ActionType, Decision
from local.durable.execution.runs import new_instance
from local.durable.persistence.records import Activity, Child, Instance, Letter, Parent, Timer

Work = Activity | Timer | Letter | Child


class WorkflowFailed(Exception):
    """The workflow fails now, with this text."""


def schedule(
    instance: Instance, number: int, decision: Decision, functions: Functions, now: datetime
) -> tuple[Row, Work]:
    """The row and the work of one decision. Raises `WorkflowFailed` for a function that the app does not have.

    In Azure an unknown activity or sub-orchestrator leaves the workflow Running for ever, without a word.
    """
    action = decision.action
    match decision.row:
        case EventType.TASK_SCHEDULED:
            return _call_activity(instance, number, action, functions, now)
        case EventType.TIMER_CREATED:
            return _create_timer(instance, number, decision.due or now, now)
        case EventType.EVENT_SENT:
            return _send_to_entity(instance, number, action, functions, now)
        case _:
            return _call_sub_orchestrator(instance, number, action, functions, now)


def _call_activity(
    instance: Instance, number: int, action: Action, functions: Functions, now: datetime
) -> tuple[Row, Activity]:
    if action["actionType"] == ActionType.CALL_HTTP:
        name, input_text = HTTP_ACTIVITY, compact(action["httpRequest"])
    else:
        name, input_text = action["functionName"], action.get("input") or "null"
        if name.lower() not in functions.activities:
            raise WorkflowFailed(does_not_exist(name, "activity", functions.activities))
    entry = row(EventType.TASK_SCHEDULED, now, number, Name=name, Version="", Input=None)
    return entry, Activity(instance.id, instance.execution_id, number, name, input_text)


def _create_timer(instance: Instance, number: int, due: datetime, now: datetime) -> tuple[Row, Timer]:
    entry = row(EventType.TIMER_CREATED, now, number, FireAt=to_text(due))
    return entry, Timer(instance.id, instance.execution_id, number, to_text(due))


def _send_to_entity(
    instance: Instance, number: int, action: Action, functions: Functions, now: datetime
) -> tuple[Row, Letter]:
    """The entity's input is JSON text, and is encoded once more; its `get_input` decodes twice."""
    target, operation = action["instanceId"], action["operation"]
    name = target.split("@")[1]
    if name.lower() not in functions.entities:
        raise WorkflowFailed(does_not_exist(name, "entity", functions.entities))
    is_signal = action["actionType"] == ActionType.SIGNAL_ENTITY
    request = {
        "op": operation,
        **({"signal": True} if is_signal else {}),
        "input": compact(action.get("input")),
        "id": str(uuid.uuid4()),
        "parent": instance.id,
        "parentExecution": instance.execution_id,
    }
    entry = row(EventType.EVENT_SENT, now, number, InstanceId=target, Name="op", Input=compact(request))
    return entry, Letter(target, compact(request))


def _call_sub_orchestrator(
    instance: Instance, number: int, action: Action, functions: Functions, now: datetime
) -> tuple[Row, Child]:
    name, child_id = action["functionName"], action.get("instanceId") or f"{instance.execution_id}:{number}"
    if name.lower() not in functions.orchestrators:
        raise WorkflowFailed(does_not_exist(name, "orchestrator", functions.orchestrators))
    if child_id.startswith("@"):
        raise WorkflowFailed("The id of a sub-orchestration may not begin with @.")
    if child_id in (instance.id, instance.parent and instance.parent.instance_id):
        raise WorkflowFailed(f"The sub-orchestration '{name}' may not have the id of its caller, '{child_id}'.")
    version = action.get("version") or functions.versions.default
    parent = Parent(instance.id, instance.execution_id, number)
    child, letter = new_instance(child_id, name, version, compact(action.get("input")), now, parent)
    entry = row(
        EventType.SUB_ORCHESTRATION_CREATED, now, number, Name=name, Version=version, InstanceId=child_id, Input=None
    )
    refusal = row(
        EventType.SUB_ORCHESTRATION_FAILED,
        now,
        TaskScheduledId=number,
        Reason=f"An orchestration instance with the id '{child_id}' is running already.",
        Details=None,
    )
    return entry, Child(child, letter, Letter(instance.id, compact(refusal), instance.execution_id))
