"""WhatsApp through the advanced messaging of Azure Communication Services."""

from dataclasses import dataclass
from typing import ClassVar

from azure.communication.messages.aio import NotificationMessagesClient
from azure.core.exceptions import AzureError

from channels.sdk_answers import UNREADABLE, answer_to, no_answer
from channels.submission import Submission
from domain.messages.answers import Accepted, Answer


@dataclass(frozen=True)
class WhatsAppChannel:
    client: NotificationMessagesClient  # built with retry_total=0: the workflow retries, two layers would multiply
    sender: str  # the registration id (a UUID) of our WhatsApp business number

    reports_attempt_id: ClassVar = False  # there is no tag: a report names only the provider's own message id

    async def submit(self, submission: Submission) -> Answer:
        """Hand one text message to Azure Communication Services.

        Free text reaches only those who wrote to us within 24 hours; otherwise the call is accepted all the same and
        the report says 131047. Safe to repeat: attempt id and first-sent time are the repeatability pair. Never
        raises for what the provider or the network does; that is the answer.
        """
        body = {
            "kind": "text",
            "channelRegistrationId": self.sender,
            "to": [submission.to],
            "content": submission.content.text or "",
        }
        pair = {"Repeatability-Request-ID": submission.attempt_id, "Repeatability-First-Sent": submission.first_sent}
        try:
            [receipt] = (await self.client.send(body, headers=pair)).receipts
        except AzureError as error:
            return answer_to(error)
        except UNREADABLE:
            return no_answer()
        return Accepted(receipt.message_id) if receipt.message_id else no_answer()

    async def why_failed(self, _attempt_id: str, /) -> None:
        """This version of the API cannot be asked what became of a message."""
