"""One batch of an entity: its letters in, its new state and the answers to its callers out."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.durable.api.functions import Functions
from local.durable.execution.history import EventType, compact, row
from local.durable.persistence.records import EntityBatch, Letter


@dataclass(frozen=True)
class EntityId:
    """`name` in any case; the key as it is. As text `@name@key`, the id among workflows."""

    name: str
    key: str

    def __str__(self) -> str:
        return f"@{self.name.lower()}@{self.key}"

    @classmethod
    def from_text(cls, text: str) -> "EntityId":
        _, name, key = text.split("@", 2)
        return cls(name, key)


def run_batch(
    target: str, state: str | None, letters: list[Letter], functions: Functions, now: datetime
) -> EntityBatch:
    """Run the operations in their order of arrival. `state` is JSON text, None for an entity that does not exist.

    Raises `FunctionFailed` when the handler itself fails; then nothing has happened. A failing operation is
    one result among the others, and what it changed before stays: the SDK sends one state for the batch.
    """
    entity = EntityId.from_text(target)
    requests: list[dict[str, Any]] = [json.loads(letter.body) for letter in letters]
    payload = {
        "self": {"name": entity.name, "key": entity.key},
        "exists": state is not None,
        "state": state,
        "batch": [_operation(request) for request in requests],
    }
    answer = json.loads(functions.run_entity(entity.name, compact(payload)))
    return EntityBatch(
        target,
        state=answer["entityState"] if answer["entityExists"] else None,
        consumed=[letter.sequence for letter in letters],
        answers=[
            _answer(request, result, now)
            for request, result in zip(requests, answer["results"], strict=True)
            if not request.get("signal")
        ],
    )


def signal(entity: EntityId, operation: str, input_text: str | None) -> Letter:
    """What a client sends. `input_text` is JSON as it came; nobody waits for an answer."""
    return Letter(str(entity), compact({"op": operation, "signal": True, "input": input_text}))


def _operation(request: dict[str, Any]) -> dict[str, Any]:
    return {"name": request["op"], "input": request.get("input"), "isSignal": bool(request.get("signal"))}


def _answer(request: dict[str, Any], result: dict[str, Any], now: datetime) -> Letter:
    """The answer is an event named by the request's id. `exceptionType` may be there only for an error."""
    outcome = {"result": result.get("result") or "null", **({"exceptionType": "Error"} if result["isError"] else {})}
    body = row(EventType.EVENT_RAISED, now, Name=request["id"], Input=compact(outcome))
    return Letter(request["parent"], compact(body), request["parentExecution"])
