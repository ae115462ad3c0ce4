"""How a run of a workflow begins: by a client, by another workflow, or by continue-as-new."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from local.durable.execution.history import Row, compact, execution_started, from_text, to_text
from local.durable.persistence.records import Instance, Letter, Parent


def new_instance(
    instance_id: str,
    name: str,
    version: str | None,
    input_text: str | None,
    now: datetime,
    parent: Parent | None = None,
) -> tuple[Instance, Letter]:
    """A workflow that waits for its first turn, and the letter that brings it. `input_text` is JSON."""
    moment = to_text(now)
    return new_run(
        Instance(
            instance_id,
            execution_id="",
            name=name,
            version=version,
            status="Pending",
            input=input_text,
            output=None,
            custom_status=None,
            created_at=moment,
            updated_at=moment,
            parent=parent,
        ),
        now,
    )


def after(before: Instance, now: datetime) -> datetime:
    """Now, but later than a former run of the same id: `new_guid` and the like are made of the id and the time."""
    return max(now, from_text(before.updated_at) + timedelta(microseconds=1))


def new_run(instance: Instance, now: datetime) -> tuple[Instance, Letter]:
    """The instance under a new execution id, and the letter that begins it."""
    execution_id = uuid.uuid4().hex
    ids = {"InstanceId": instance.id, "ExecutionId": execution_id}
    body = execution_started(now, instance.name, instance.version, instance.input, ids, _parent_row(instance.parent))
    return replace(instance, execution_id=execution_id), Letter(instance.id, compact(body), execution_id)


def _parent_row(parent: Parent | None) -> Row | None:
    if parent is None:
        return None
    ids = {"InstanceId": parent.instance_id, "ExecutionId": parent.execution_id}
    return {"Name": None, "OrchestrationInstance": ids, "TaskScheduleId": parent.task_id, "Version": None}
