"""What the app does with a message's workflow and with its conversation: the SDK's client, with its errors
distinguished.
"""

from datetime import datetime
from typing import Any

from azure.durable_functions import DurableOrchestrationClient, EntityId, OrchestrationRuntimeStatus

from domain import clock
from domain.errors import LandfallError
from domain.messages.message import Message
from domain.shards import SHARDS

ENDED = (
    OrchestrationRuntimeStatus.Completed,
    OrchestrationRuntimeStatus.Failed,
    OrchestrationRuntimeStatus.Canceled,
    OrchestrationRuntimeStatus.Terminated,
)
NAME = "deliver_message"
"""The orchestrator of every message."""


class WorkflowUnavailable(LandfallError):
    """The host did not take the request. The caller answers 5xx or fails, so that it is retried."""


async def start(client: DurableOrchestrationClient, message: Message, first_step: dict[str, Any] | None = None) -> None:
    """Start the workflow; if it runs already, that is success. A first step that sends is passed on, to save a turn"""
    payload: dict[str, Any] = {"messageId": message.id, "conversationId": message.conversation_id}
    if message.trace:
        payload["trace"] = message.trace
    if first_step:
        payload["firstStep"] = first_step
    try:
        await client.start_new(NAME, message.id, payload)
    except Exception as error:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        if "already exists" not in str(error):
            raise WorkflowUnavailable(f"the workflow of message {message.id} could not be started") from None


async def start_pass(client: DurableOrchestrationClient, name: str, now: datetime) -> None:
    """Spread a pass over the shards of the store; that one runs already is success.

    Five ids take turns: so finished ones do not pile up, and one that hangs costs a fifth of the minutes, not all.
    """
    payload = {"pass": name, "before": clock.to_text(now), "shards": SHARDS}
    try:
        await client.start_new("look_after_shards", f"{name}-{now.minute % 5}", payload)
    except Exception as error:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        if "already exists" not in str(error):
            raise WorkflowUnavailable(f"the pass {name} could not be started") from None


async def ring(client: DurableOrchestrationClient, message: Message) -> None:
    """Wake the workflow for the record as it was written. Do nothing if it has ended or has not decided yet.

    The event is empty: the workflow reads the record. Safe to repeat: a name is waited for once, so early events are
    kept and late ones are ignored.
    """
    if message.wake is None or message.outcome:
        return
    try:
        await client.raise_event(message.id, message.wake)
    except Exception as error:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        # its words for a 410: the workflow has ended, so nobody waits
        if "is gone" not in str(error):
            raise WorkflowUnavailable(f"the workflow of message {message.id} could not be rung") from None


async def status(client: DurableOrchestrationClient, message_id: str) -> Any:
    """A `DurableOrchestrationStatus` of the workflow; None where there is none, not yet or no longer.

    Raises `WorkflowUnavailable` when the host does not tell.
    """
    try:
        found = await client.get_status(message_id, show_input=True)
    except Exception:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        raise WorkflowUnavailable(f"the workflow of message {message_id} could not be asked for") from None
    if hasattr(found, "ExceptionMessage"):  # the body of a 500, which SDK 1.7.0 takes for a status
        raise WorkflowUnavailable(f"the workflow of message {message_id} could not be asked for")
    return found or None


async def rouse(client: DurableOrchestrationClient, message: Message) -> None:
    """Make the workflow look at the record as it was written: wake it, or start it if it has not decided yet."""
    if message.turn or message.outcome:
        await ring(client, message)
    else:
        await start(client, message)


async def forget(client: DurableOrchestrationClient, message: Message) -> None:
    """Purge the history of the workflow; the outcome is in the record. If there is none, that is success."""
    try:
        await client.purge_instance_history(message.id)
    except Exception:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        raise WorkflowUnavailable(f"the history of message {message.id} could not be purged") from None


async def has_ended(client: DurableOrchestrationClient, message: Message) -> bool:
    """Whether the workflow has ended, or there is none. Raises `WorkflowUnavailable`."""
    found = await status(client, message.id)
    return found is None or found.runtime_status in ENDED


async def forget_conversation(client: DurableOrchestrationClient, conversation_id: str) -> bool:
    """Purge the conversation's entity if it has no state any more; else let it delete that, to be purged the next time.
    Whether it is gone. Raises `WorkflowUnavailable`.
    """
    entity = EntityId("conversation", conversation_id)
    try:
        if (await client.read_entity_state(entity)).entity_exists:
            await client.signal_entity(entity, "forget", {"operationId": "forget"})
            return False
        await client.purge_instance_history(f"@conversation@{conversation_id}")
    except Exception:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        raise WorkflowUnavailable(f"conversation {conversation_id} could not be forgotten") from None
    return True


async def look(client: DurableOrchestrationClient) -> None:
    """Raises `WorkflowUnavailable` when the host cannot read its state. There is no way to ask whether it can write.

    Not `get_status`: SDK 1.7.0 takes its 500 for a workflow of which nothing is known.
    """
    try:
        await client.read_entity_state(EntityId("conversation", "health"))
    except Exception:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        raise WorkflowUnavailable("the host cannot read what it keeps of workflows") from None


async def signal(
    client: DurableOrchestrationClient, conversation_id: str, operation: str, operation_id: str, told: dict[str, Any]
) -> None:
    """Tell the conversation's entity: ids, statuses and times. Safe to repeat under the same operation id."""
    try:
        await client.signal_entity(
            EntityId("conversation", conversation_id), operation, {"operationId": operation_id, **told}
        )
    except Exception:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        raise WorkflowUnavailable(f"conversation {conversation_id} could not be told") from None
