"""Waking the workflow of a message. The event carries nothing: whoever wakes reads the record."""

from azure.durable_functions import DurableOrchestrationClient

from delivery.errors import LandfallError
from delivery.message import Message


class NotRung(LandfallError):
    """The host could not take the event. Whoever rings answers 5xx or fails, so that it is tried again."""


async def ring(client: DurableOrchestrationClient, message: Message) -> None:
    """Ring the workflow for the record as it was written; nobody, when it has ended or not decided yet.

    Safe to repeat: a name is waited for once, so early rings are kept and late ones fall on nobody.
    """
    if message.wake is None or message.outcome:
        return
    try:
        await client.raise_event(message.id, message.wake)
    except Exception as error:  # noqa: BLE001  # SDK 1.7.0 raises nothing more precise
        # its words for a 410: the workflow has ended, so nobody waits
        if "is gone" not in str(error):
            raise NotRung(f"the workflow of message {message.id} could not be rung") from None
