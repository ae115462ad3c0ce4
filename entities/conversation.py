"""The state of one conversation."""

from dataclasses import dataclass, replace
from typing import Any

import azure.durable_functions as df

from delivery.documents import from_document, to_document

bp = df.Blueprint()

REMEMBERED = 50
"""Operations whose repetition is recognised. Azure repeats within minutes; the state stays under a few KB."""


@dataclass(frozen=True)
class Conversation:
    """A small cache of the records: `finished` counts outcomes by status, `last` is the newest one."""

    finished: dict[str, int]
    last: dict[str, Any] | None = None
    operations: tuple[str, ...] = ()
    schema: int = 1

    def with_outcome(self, outcome: dict[str, Any]) -> "Conversation":
        """outcome: {"operationId", "status", "channel", "attempt"}; the operation id is the message id."""
        operation = outcome["operationId"]
        if operation in self.operations:
            return self
        status = outcome["status"]
        last = {"messageId": operation, "status": status, "channel": outcome["channel"]}
        finished = {**self.finished, status: self.finished.get(status, 0) + 1}
        return replace(self, finished=finished, last=last, operations=(*self.operations, operation)[-REMEMBERED:])


@bp.entity_trigger(context_name="context")
def conversation(context: df.DurableEntityContext) -> None:
    """What we know of one conversation, over all channels. Key: the conversation id.

    message_finished(outcome)  a workflow ended, delivered or not
    read() -> dict             the whole state
    Every operation carries an "operationId": a repeated one changes nothing.
    """
    before = from_document(Conversation, context.get_state(lambda: {"finished": {}}))
    match context.operation_name:
        case "message_finished":
            after = before.with_outcome(context.get_input())
        case "read":
            after = before
        case unknown:
            raise ValueError(f"conversation has no operation {unknown!r}")
    state = to_document(after)
    context.set_state(state)
    context.set_result(state)  # unset, 1.7.0 repeats the batch's previous result
