"""WhatsApp through the advanced messaging of Azure Communication Services."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from azure.communication.messages.aio import NotificationMessagesClient
from azure.core.exceptions import AzureError

from channels.connection import TIMEOUTS, Connection
from channels.identity import Identity, messages_pipeline
from channels.report import CODE, Report, reason_for, report_or_unmatched, unknown_code
from channels.sdk_answers import UNREADABLE, answer_to, no_answer
from channels.submission import Submission
from domain.conversations.reply import Media, Reply, ReplyContent
from domain.messages.answers import Accepted, Answer
from domain.messages.attempt import Reason, Receipt
from events.event import Event, Unmatched
from events.event_data import Data, as_data, moment, text, word
from settings import Settings


def channel(settings: Settings, connection: Connection) -> "WhatsAppChannel":
    pipeline = messages_pipeline(connection.credential) if isinstance(connection.credential, Identity) else None
    client = NotificationMessagesClient(connection.endpoint, connection.credential, policies=pipeline, **TIMEOUTS)
    return WhatsAppChannel(client, str(settings.whatsapp_channel_id))


@dataclass(frozen=True)
class WhatsAppChannel:
    client: NotificationMessagesClient
    sender: str  # the registration id (a UUID) of our WhatsApp business number

    reports_attempt_id: ClassVar = False  # there is no tag: a report names only the provider's own message id

    async def submit(self, submission: Submission) -> Answer:
        """Hand one text message to Azure Communication Services.

        Free text reaches only those who wrote to us within 24 hours; otherwise the call is still accepted and
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


def _report(data: Data, raised_at: datetime) -> Report | Unmatched:
    status, message_id = word(data, "status"), text(data, "messageid")
    if word(data, "channeltype") not in ("whatsapp", ""):
        return Unmatched(message_id, status, "unknownChannel")
    if status not in ("sent", "delivered", "read", "failed"):
        return Unmatched(message_id, status, "unknownStatus")
    code = _code(data.get("error")) if status == "failed" else ""
    reason = reason_for(REASONS, code, "The WhatsApp message was not delivered") if status == "failed" else None
    receipt = Receipt(0, status, moment(data, "receivedtimestamp", raised_at), reason)
    unknown = unknown_code(REASONS, code)
    return report_or_unmatched("whatsapp", message_id, receipt, text(data, "to"), text(data, "tobsuid"), unknown)


def _code(error: Any) -> str:
    code = as_data(error).get("channelcode")
    told = str(code) if isinstance(code, str | int) else ""
    return told if CODE.fullmatch(told) else ""


REASONS = {
    "131026": Reason("unreachable", "The customer cannot be reached by WhatsApp (131026)."),
    "131047": Reason("outsideWindow", "The customer has not written within 24 hours (131047)."),
    "470": Reason("outsideWindow", "The customer has not written within 24 hours (470)."),
    "131050": Reason("optedOut", "The customer has stopped our marketing messages on WhatsApp (131050)."),
    "131021": Reason("badAddress", "The number is the sender's own (131021)."),
    "130472": Reason("blocked", "Meta holds messages to this customer back (130472)."),
    "130497": Reason("blocked", "Meta does not let us write to customers in this country (130497)."),
    "131049": Reason("blocked", "Meta held the message back (131049)."),
    "4": Reason("throttled", "Meta limits the calls of our application (4)."),
    "80007": Reason("throttled", "Our WhatsApp account has reached its limit (80007)."),
    "130429": Reason("throttled", "Our WhatsApp throughput is used up (130429)."),
    "131048": Reason("throttled", "Meta limits us because of spam reports (131048)."),
    "131056": Reason("throttled", "Too many messages to this customer (131056)."),
    "2": Reason("unavailable", "WhatsApp was not available (2)."),
    "131016": Reason("unavailable", "WhatsApp was not available (131016)."),
    "131057": Reason("unavailable", "Our WhatsApp account is under maintenance (131057)."),
    "131000": Reason("providerError", "Meta failed and does not say why (131000)."),
    "100": Reason("rejected", "A parameter is wrong (100)."),
    "131008": Reason("rejected", "A parameter is missing (131008)."),
    "131009": Reason("rejected", "A parameter has a wrong value (131009)."),
    "131051": Reason("rejected", "The customer's client does not take this kind of message (131051)."),
    "131052": Reason("rejected", "Meta could not load the media of the message (131052)."),
    "131053": Reason("rejected", "Meta does not take the media of the message (131053)."),
    "131062": Reason("rejected", "This kind of message needs a phone number, not an id of WhatsApp (131062)."),
    "132000": Reason("rejected", "The template has another number of parameters (132000)."),
    "132001": Reason("rejected", "The template does not exist in this language, or is not approved (132001)."),
    "132005": Reason("tooLong", "The template is too long with its parameters (132005)."),
    "132007": Reason("rejected", "The template breaks a rule of Meta's (132007)."),
    "132012": Reason("rejected", "A parameter of the template has a wrong form (132012)."),
    "132015": Reason("rejected", "Meta has paused the template (132015)."),
    "132016": Reason("rejected", "Meta has disabled the template (132016)."),
    "0": Reason("notAuthorized", "Meta does not accept our credentials (0)."),
    "3": Reason("notAuthorized", "Meta does not let us send (3)."),
    "10": Reason("notAuthorized", "Meta does not let us send (10)."),
    "190": Reason("notAuthorized", "Our access to Meta has expired (190)."),
    "368": Reason("notAuthorized", "Our WhatsApp account is blocked for a while (368)."),
    "131005": Reason("notAuthorized", "Meta does not let us send (131005)."),
    "131030": Reason("notAuthorized", "Our test number may not write to this number (131030)."),
    "131031": Reason("notAuthorized", "Our WhatsApp account is locked (131031)."),
    "131037": Reason("notAuthorized", "Meta has not approved the name of our number (131037)."),
    "131042": Reason("notAuthorized", "Meta has a problem with our payment (131042)."),
    "131045": Reason("notAuthorized", "Our number is not registered as Meta wants it (131045)."),
    "133010": Reason("notAuthorized", "Our number is not registered with Meta (133010)."),
}
"""By Meta's code, as `error.channelCode` carries it."""


def _reply(event: Event) -> Reply | Unmatched:
    data = event.data
    # listed as never missing, and missing in Microsoft's own samples
    provider_message_id = text(data, "messageid") or event.id
    if word(data, "channeltype") not in ("whatsapp", ""):
        return Unmatched(provider_message_id, "received", "unknownChannel")
    user_id = text(data, "frombsuid")
    answered = text(as_data(data.get("context")), "id") or text(as_data(data.get("reaction")), "messageid")
    return Reply(
        channel="whatsapp",
        provider_message_id=provider_message_id,
        content=_content(data),
        at=moment(data, "receivedtimestamp", event.at),
        sender=text(data, "from") or user_id or _sender_in(event.subject),
        user_id=user_id,
        in_reply_to=answered or None,
    )


def _sender_in(subject: str) -> str:
    """A person who hides their number is in the subject alone, by WhatsApp's own id, in some events."""
    match = re.fullmatch(r"advancedMessage/sender/([^/]+)/recipient/.*", subject)
    return match[1].strip() if match else ""


def _content(data: Data) -> ReplyContent:
    kind = word(data, "messagetype")
    match kind:
        case "text":
            return ReplyContent("text", text(data, "content"))
        case "button":
            button = as_data(data.get("button"))
            return ReplyContent("button", text(button, "text"), choice=text(button, "payload") or None)
        case "interactive":
            return _chosen(as_data(data.get("interactive")))
        case "reaction":
            return ReplyContent("reaction", text(as_data(data.get("reaction")), "emoji"))
        case "image" | "document" | "video" | "audio" | "sticker":
            return ReplyContent(kind, text(data, "content") or None, media=_media(as_data(data.get("media"))))
    return ReplyContent("other", text(data, "content") or None)


def _chosen(interactive: Data) -> ReplyContent:
    """A button or a line of a list, whichever there is; `type` says the same once more."""
    for kind in ("buttonReply", "listReply"):
        if chosen := as_data(interactive.get(kind.lower())):
            return ReplyContent(kind, text(chosen, "title"), choice=text(chosen, "id") or None)
    return ReplyContent("other")


def _media(media: Data) -> Media | None:
    if not text(media, "id"):
        return None
    return Media(
        id=text(media, "id"),
        mime_type=text(media, "mimetype") or None,
        file_name=text(media, "filename") or None,
        caption=text(media, "caption") or None,
    )


REPORTS = {"microsoft.communication.advancedmessagedeliverystatusupdated": _report}
REPORT_KEYS = {frozenset({"channeltype", "status"}): _report}
REPLIES = {"microsoft.communication.advancedmessagereceived": _reply}
REPLY_KEYS = {"messagetype": _reply}
