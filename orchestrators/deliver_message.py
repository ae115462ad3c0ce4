"""The workflow of one message."""

from typing import Any

import azure.durable_functions as df

from orchestrators.waiting import Story, go_on_in_a_new_run, persistently, turns, wait

bp = df.Blueprint()

LOOK = {"activity": "take_next_step", "input": {}}


@bp.orchestration_trigger(context_name="context")
def deliver_message(context: df.DurableOrchestrationContext) -> Story:
    """Carry one message through its channels until it is delivered or given up.

    The instance id is the message id. Input: {"messageId", "conversationId"}, at times a "trace" and a "firstStep".
    Every step comes from `domain/messages/next_step.py`, a pure function of the stored record, run inside an activity;
    this loop only waits. Returns the outcome: {"status", "channel", "attempt"}.

    Under any other id it does nothing and reports that: the management API restarts workflows under new ids, and
    reports would never wake it.
    """
    message: dict[str, Any] = context.get_input() or {}
    if context.instance_id != message.get("messageId"):
        return {"ignored": "A message has one workflow, whose id is its messageId. This is not it."}
    step: dict[str, Any] = message.pop("firstStep", LOOK)
    for turn in turns(context):
        step = yield from persistently(context, step["activity"], {**message, **step["input"], "turn": turn})
        context.set_custom_status(step["progress"])
        if step["kind"] == "wait":
            yield from wait(context, step["until"], wake=f"wake-{turn}")
        if step["kind"] == "finish":
            break
    else:  # its turns are used up
        return go_on_in_a_new_run(context, message)

    conversation = df.EntityId("conversation", message["conversationId"])
    context.signal_entity(conversation, "message_finished", {"operationId": context.instance_id, **step["outcome"]})
    return step["outcome"]
