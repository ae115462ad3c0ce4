"""SMS through Azure Communication Services."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar

from azure.communication.sms import SmsSendResult
from azure.communication.sms.aio import SmsClient
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from channels.sdk_answers import UNREADABLE, answer_to, answer_to_status, no_answer
from channels.submission import Submission
from domain.messages.answers import Accepted, Answer


@dataclass(frozen=True)
class SmsChannel:
    client: (
        SmsClient  # built with retry_total=0 (the workflow retries, two layers would multiply) and RepeatabilityPolicy
    )
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
