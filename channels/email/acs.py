"""Email through Azure Communication Services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from azure.communication.email.aio import EmailClient
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from channels.connection import TIMEOUTS, Connection
from channels.email.unsubscribe import one_click, with_link_in_html, with_link_in_text
from channels.report import ReadReply, Report, report_or_unmatched
from channels.sdk_answers import ANSWERS, UNREADABLE, answer_to, answer_to_status, no_answer
from channels.submission import Submission
from domain.messages.answers import Accepted, Answer, Refused, TryLater
from domain.messages.attempt import Engagement, Reason, Receipt
from events.event import Unmatched
from events.event_data import Data, as_data, moment, text, word
from settings import Settings

API_VERSION = "2025-09-01"  # the one that azure-communication-email 1.1.0 sends with


def channel(settings: Settings, connection: Connection) -> "EmailChannel":
    client = EmailClient(connection.endpoint, connection.credential, **TIMEOUTS)
    return EmailChannel(client, settings.email_sender, settings.email_subject)


@dataclass(frozen=True)
class EmailChannel:
    client: EmailClient
    sender: str  # an address of a domain that we own
    subject: str  # for content that brings none

    reports_attempt_id: ClassVar = True  # as the message id: the operation id is the message id of its reports

    async def submit(self, submission: Submission) -> Answer:
        """Hand one email to Azure Communication Services.

        "Accepted" means queued: delivery is known only from the later event
        Microsoft.Communication.EmailDeliveryReportReceived, one for each recipient. Safe to repeat as far as the
        service recognises an Operation-Id that it has seen (not documented; issue 448 of microsoft/api-guidelines
        says it should). Never raises for what the provider or the network does; that is the answer.
        """
        try:
            # Without polling this is one POST; with it, the SDK asks in the background for as long as the call lives.
            poller = await self.client.begin_send(
                self._message(submission), operation_id=submission.attempt_id, polling=False
            )
            await poller.result()
        except AzureError as error:
            return self._told_apart(answer_to(error), submission)
        except UNREADABLE:
            return no_answer()
        return Accepted(submission.attempt_id)

    async def why_failed(self, attempt_id: str, /) -> Reason | TryLater | None:
        """Why an email that was accepted has failed, as far as its operation tells; None where it does not.

        GET /emails/operations/{id}: "Succeeded" means handed over to the network, "Failed" and "Canceled" that it never
        will be. Of an operation that is too old the service knows nothing. `TryLater` when it could not be asked: that
        teaches nothing. Never raises, as `submit`.
        """
        url = f"/emails/operations/{attempt_id}?api-version={API_VERSION}"
        try:
            response = await self.client.send_request(HttpRequest("GET", url))
            if response.status_code != 200:
                return _not_told(answer_to_status(response.status_code))
            operation = as_data(response.json())
        except AzureError as error:
            return _not_told(answer_to(error))
        except UNREADABLE:
            return _not_told(no_answer())
        if word(operation, "status") not in ("failed", "canceled"):
            return None
        code = word(as_data(operation.get("error")), "code")
        return REASONS["suppressed" if "suppressed" in code else "failed"]

    @staticmethod
    def _told_apart(answer: Answer, submission: Submission) -> Answer:
        """A refused repetition may mean that its id was taken by the first call: then the email is on its way."""
        if isinstance(answer, Refused) and answer.reason == ANSWERS[400][1] and submission.is_repetition:
            return no_answer()
        return answer

    def _message(self, submission: Submission) -> dict[str, Any]:
        content, url = submission.content, submission.preference_url
        parts = {
            "subject": content.subject or self.subject,
            "plainText": with_link_in_text(content.text, url) if content.text and url else content.text,
            "html": with_link_in_html(content.html, url) if content.html and url else content.html,
        }
        message = {
            "senderAddress": self.sender,
            "recipients": {"to": [{"address": submission.to}]},
            "content": {name: part for name, part in parts.items() if part},
        }
        return {**message, "headers": one_click(url)} if url else message


def _not_told(answer: Answer) -> TryLater | None:
    """What no 200 means for a question: nothing is known, or it could not be asked and may be later."""
    if isinstance(answer, Accepted) or (isinstance(answer, Refused) and answer.reason.code != "notAuthorized"):
        return None
    return TryLater(answer.reason)


def _report(data: Data, raised_at: datetime) -> Report | Unmatched:
    status, message_id = word(data, "status"), text(data, "messageid")
    if status != "delivered" and status not in REASONS:
        return Unmatched(message_id, status, "unknownStatus")
    at = moment(data, "deliveryattempttimestamp", raised_at)
    reason = REASONS.get(status)
    receipt = Receipt(0, "failed" if reason else "delivered", at, reason)
    return report_or_unmatched("email", message_id, receipt, text(data, "recipient"))


def _engagement(data: Data, raised_at: datetime) -> Report | Unmatched:
    told, message_id = word(data, "engagementtype"), text(data, "messageid")
    kind = {"view": "opened", "click": "clicked"}.get(told)
    if kind is None:
        return Unmatched(message_id, told, "unknownStatus")
    engagement = Engagement(0, kind, moment(data, "useractiontimestamp", raised_at))
    return report_or_unmatched("email", message_id, engagement, text(data, "recipient"))


REASONS = {
    "failed": Reason("providerError", "The email was not delivered."),
    "bounced": Reason("bounced", "The address or its domain does not exist."),
    "suppressed": Reason("bounced", "The address bounced before, and the provider writes to it no more."),
    "quarantined": Reason("blocked", "The email is held back as spam or phishing."),
    "filteredspam": Reason("blocked", "The email was refused as spam."),
}
"""By status. `Expanded` and `OutForDelivery` say nothing of the recipient: to us they are unknown."""


REPORTS = {
    "microsoft.communication.emaildeliveryreportreceived": _report,
    "microsoft.communication.emailengagementtrackingreportreceived": _engagement,
}
REPORT_KEYS = {frozenset({"engagementtype"}): _engagement, frozenset({"deliveryattempttimestamp"}): _report}
REPLIES: dict[str, ReadReply] = {}  # Communication Services receives no email
REPLY_KEYS: dict[str, ReadReply] = {}
