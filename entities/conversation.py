"""The state of one conversation."""

from dataclasses import dataclass, replace
from typing import Any

import azure.durable_functions as df

from domain.serialization import from_document, to_document

bp = df.Blueprint()

REMEMBERED = 50
"""Operations whose repetition is recognised. Azure repeats within minutes; the state stays under a few KB."""


@dataclass(frozen=True)
class ConversationState:
    """A small cache of the records: `finished` counts outcomes by status, `last` is the newest one.

    `replies` counts what the customer wrote, `last_reply` is the latest of it.
    """

    finished: dict[str, int]
    last: dict[str, Any] | None = None
    replies: int = 0
    last_reply: dict[str, Any] | None = None
    operations: tuple[str, ...] = ()
    schema: int = 1

    def with_outcome(self, outcome: dict[str, Any]) -> "ConversationState":
        """outcome: {"operationId", "status", "channel", "attempt"}; the operation id is the message id."""
        operation = outcome["operationId"]
        if operation in self.operations:
            return self
        status = outcome["status"]
        last = {"messageId": operation, "status": status, "channel": outcome["channel"]}
        finished = {**self.finished, status: self.finished.get(status, 0) + 1}
        return replace(self, finished=finished, last=last, operations=self._with(operation))

    def with_raised_status(self, raised: dict[str, Any]) -> "ConversationState":
        """raised: {"operationId", "messageId", "status"}: a report came after the end. Outcomes stay as counted."""
        operation = raised["operationId"]
        if operation in self.operations:
            return self
        is_last = self.last is not None and self.last["messageId"] == raised["messageId"]
        last = {**(self.last or {}), "status": raised["status"]} if is_last else self.last
        return replace(self, last=last, operations=self._with(operation))

    def with_reply(self, reply: dict[str, Any]) -> "ConversationState":
        """reply: {"operationId", "channel", "at"}; the operation id is the message id, `at` is RFC 3339 in UTC."""
        operation = reply["operationId"]
        if operation in self.operations:
            return self
        latest = {"messageId": operation, "channel": reply["channel"], "at": reply["at"]}
        if self.last_reply and self.last_reply["at"] > latest["at"]:
            latest = self.last_reply  # signals of clients come in no order
        return replace(self, replies=self.replies + 1, last_reply=latest, operations=self._with(operation))

    def _with(self, operation: str) -> tuple[str, ...]:
        return (*self.operations, operation)[-REMEMBERED:]


@bp.entity_trigger(context_name="context")
def conversation(context: df.DurableEntityContext) -> None:
    """What we know of one conversation, over all channels. Key: the conversation id.

    message_finished(outcome)  a workflow ended, delivered or not
    status_raised(raised)      a report came after the end
    reply_received(reply)      the customer wrote
    read() -> dict             the whole state
    forget()                   its customer is erased: nothing of it stays
    Every operation carries an "operationId": a repeated one changes nothing.
    """
    if context.operation_name == "forget":
        context.destruct_on_exit()  # a result would bring it back: SDK 1.7.0
        return
    before = from_document(ConversationState, context.get_state(lambda: {"finished": {}}))
    match context.operation_name:
        case "message_finished":
            after = before.with_outcome(context.get_input())
        case "status_raised":
            after = before.with_raised_status(context.get_input())
        case "reply_received":
            after = before.with_reply(context.get_input())
        case "read":
            after = before
        case unknown:
            raise ValueError(f"conversation has no operation {unknown!r}")
    state = to_document(after)
    context.set_state(state)
    context.set_result(state)  # unset, 1.7.0 repeats the batch's previous result
