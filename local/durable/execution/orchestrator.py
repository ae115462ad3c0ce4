"""Asking an orchestrator: the body of its trigger, and what the SDK's answer means."""

import json
from dataclasses import dataclass
from typing import Any

from local.durable.api.functions import FunctionFailed, Functions, does_not_exist
from local.durable.execution.history import compact
from local.durable.execution.pending import Action
from local.durable.execution.scheduling import WorkflowFailed
from local.durable.persistence.records import Instance

OUT_OF_PROCESS = "\n\n$OutOfProcData$:"
"""Between the message and the state in what the SDK raises for a failed orchestrator."""

LARGEST_CUSTOM_STATUS_KIB = 16

LIMITS = {
    "upperSchemaVersion": 1,
    "upperSchemaVersionNew": 2,
    "longRunningTimerIntervalDuration": "3.00:00:00",
    "maximumShortTimerDuration": "6.00:00:00",
    "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
}
"""What every body says: the replay schemas the host knows, and Azure Storage's limits for timers."""


@dataclass(frozen=True)
class Answer:
    """What the orchestrator said. `output` and `custom_status` are JSON text, `error` is plain text."""

    actions: list[Action]
    is_done: bool
    output: str | None = None
    custom_status: str | None = None
    error: str | None = None


def ask(instance: Instance, history: str, functions: Functions) -> Answer:
    """Run the orchestrator through its history: rows of JSON text with commas between. Raises `WorkflowFailed`."""
    name = instance.name
    if name.lower() not in functions.orchestrators:
        raise WorkflowFailed(does_not_exist(name, "orchestrator", functions.orchestrators))
    try:
        text = functions.run_orchestrator(name, _body(instance, history))
    except FunctionFailed as failure:
        _, marker, text = str(failure).partition(OUT_OF_PROCESS)
        if not marker:  # raised outside the generator: the host drops the actions too
            raise WorkflowFailed(str(failure)) from None
    return _answer(json.loads(text))


def _body(instance: Instance, history: str) -> str:
    rest = compact({
        "instanceId": instance.id,
        "isReplaying": False,
        "parentInstanceId": instance.parent.instance_id if instance.parent else None,
        **LIMITS,
    })  # fmt: skip
    return f'{{"history":[{history}],"input":{instance.input or "null"},{rest[1:]}'


def _answer(state: dict[str, Any]) -> Answer:
    if "schemaVersion" not in state:
        raise WorkflowFailed("The local durable engine speaks replay schema V2 and V3 only.")
    custom_status = state.get("customStatus") or None
    if custom_status and (size := _kib_as_utf16(custom_status)) > LARGEST_CUSTOM_STATUS_KIB:
        raise WorkflowFailed(
            f"The custom status is too large: {size} KiB as UTF-16, of {LARGEST_CUSTOM_STATUS_KIB} allowed."
        )
    return Answer(
        actions=state["actions"][0] if state["actions"] else [],
        is_done=state["isDone"],
        output=compact(state["output"]) if state.get("output") is not None else None,
        custom_status=compact(custom_status) if custom_status else None,
        error=state.get("error"),
    )


def _kib_as_utf16(value: Any) -> int:
    """How .NET counts JSON text: characters as they are, two bytes each, whole KiB."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 1024
