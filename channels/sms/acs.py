"""SMS through Azure Communication Services."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from azure.communication.sms import SmsSendResult
from azure.communication.sms.aio import SmsClient
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from channels.connection import TIMEOUTS, Connection
from channels.report import CODE, Report, reason_for, unknown_code
from channels.sdk_answers import UNREADABLE, answer_to, answer_to_status, no_answer
from channels.submission import Submission
from domain.conversations.reply import Reply, ReplyContent
from domain.messages.answers import Accepted, Answer
from domain.messages.attempt import Reason, Receipt
from events.event import Event, Unmatched
from events.event_data import Data, moment, text, word
from settings import Settings


def channel(settings: Settings, connection: Connection) -> "SmsChannel":
    client = SmsClient(
        connection.endpoint, connection.credential, per_call_policies=[RepeatabilityPolicy()], **TIMEOUTS
    )
    return SmsChannel(client, settings.sms_sender)


@dataclass(frozen=True)
class SmsChannel:
    client: SmsClient
    sender: str  # an E.164 number or short code that we own

    reports_attempt_id: ClassVar = True  # as the tag

    async def submit(self, submission: Submission) -> Answer:
        """Hand one text message to Azure Communication Services.

        `submission.to` is an E.164 number. "Accepted" is not delivery: that is known only from the later event
        Microsoft.Communication.SMSDeliveryReportReceived, which carries our tag. Safe to repeat: attempt id and
        first-sent time are the repeatability pair, so the provider sends once. Never raises for what the provider or
        the network does; that is the answer.
        """
        with repeatable(submission):
            try:
                items = await self.client.send(
                    from_=self.sender,
                    to=submission.to,
                    message=submission.content.text or "",
                    enable_delivery_report=True,
                    tag=submission.attempt_id,
                )
            except AzureError as error:
                return answer_to(error)
            except UNREADABLE:
                return no_answer()
        return self._read(items)

    async def why_failed(self, _attempt_id: str, /) -> None:
        """This version of the API cannot be asked what became of a message."""

    @staticmethod
    def _read(items: list[SmsSendResult]) -> Answer:
        """A multi-status of one: 202 for the call says nothing about the message."""
        match items:
            case [item] if item.successful and item.message_id:
                return Accepted(item.message_id)
            case [item] if not item.successful:
                return answer_to_status(item.http_status_code)
        return no_answer()


_submission: ContextVar[Submission | None] = ContextVar("submission", default=None)


@contextmanager
def repeatable(submission: Submission) -> Iterator[None]:
    """Within this block the SMS client's calls carry the order's repeatability pair."""
    token = _submission.set(submission)
    try:
        yield
    finally:
        _submission.reset(token)


class RepeatabilityPolicy(SansIOHTTPPolicy[Any, Any]):
    """Puts our repeatability pair into the body: SmsClient 1.1.0 draws a new one for every call and takes none.

    As a per-call policy it runs before the request is signed.
    """

    def on_request(self, request: PipelineRequest[Any]) -> None:
        submission = _submission.get()
        if submission is None:
            return
        body = json.loads(request.http_request.body)
        [recipient] = body["smsRecipients"]
        recipient |= {"repeatabilityRequestId": submission.attempt_id, "repeatabilityFirstSent": submission.first_sent}
        request.http_request.set_json_body(body)


def _report(data: Data, raised_at: datetime) -> Report | Unmatched:
    status, tag = word(data, "deliverystatus"), text(data, "tag")
    if status not in ("delivered", "failed"):
        return Unmatched(tag or text(data, "messageid"), status, "unknownStatus")
    code = _code(text(data, "deliverystatusdetails")) if status == "failed" else ""
    reason = reason_for(REASONS, code, "The SMS was not delivered") if status == "failed" else None
    receipt = Receipt(0, status, moment(data, "receivedtimestamp", raised_at), reason)
    if not tag:  # sent by others; a row that leads from the provider's own id to an attempt would cost each SMS a write
        return Unmatched(text(data, "messageid"), status, "unknownAttempt")
    return Report("sms", tag, receipt, text(data, "to"), unknown_code=unknown_code(REASONS, code))


def _code(details: str) -> str:
    """`details` begins with a code, or is a text alone; the text is not ours to keep."""
    if "sender blocked" in details.lower():
        return "4007"
    return match[0] if (match := CODE.match(details)) else ""


REASONS = {
    "4000": Reason("blocked", "The message was taken for fraud (4000)."),
    "4001": Reason("rejected", "The sender's number has a wrong form (4001)."),
    "4002": Reason("badAddress", "The number has a wrong form (4002)."),
    "4003": Reason("badAddress", "The provider does not send to this number (4003)."),
    "4004": Reason("badAddress", "The number does not exist (4004)."),
    "4005": Reason("blocked", "The carrier blocked the message (4005)."),
    "4006": Reason("unreachable", "The phone could not be reached (4006)."),
    "4007": Reason("optedOut", "The customer has opted out of messages from this sender (4007)."),
    "4008": Reason("throttled", "The limit of the messaging profile is reached (4008)."),
    "4009": Reason("blocked", "The provider took the message for fraud (4009)."),
    "4010": Reason("notAuthorized", "The toll-free number is not verified (4010)."),
    "4020": Reason("throttled", "The carrier's limit is reached (4020)."),
    "795": Reason("throttled", "The limit of an unverified toll-free number is reached (795)."),
    "4795": Reason("throttled", "The limit of an unverified toll-free number is reached (4795)."),
    "5000": Reason("providerError", "The provider failed (5000)."),
    "5001": Reason("unavailable", "The provider was not available (5001)."),
    "5002": Reason("noDeliveryReceipt", "The carrier gives no delivery receipt; it may have arrived (5002)."),
    "9999": Reason("providerError", "The provider does not know why the SMS was not delivered (9999)."),
}
"""By the code that `deliveryStatusDetails` begins with."""


def _reply(event: Event) -> Reply:
    return Reply(
        channel="sms",
        provider_message_id=text(event.data, "messageid") or event.id,
        content=ReplyContent("text", text(event.data, "message")),
        at=moment(event.data, "receivedtimestamp", event.at),
        sender=text(event.data, "from"),
    )


REPORTS = {"microsoft.communication.smsdeliveryreportreceived": _report}
REPORT_KEYS = {frozenset({"deliverystatus"}): _report}
REPLIES = {"microsoft.communication.smsreceived": _reply}
REPLY_KEYS = {"segmentcount": _reply}
