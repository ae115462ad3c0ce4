"""Events of Azure Communication Services about messages that we sent, in our words.

The service's documentation, its specification and what it really sends differ in spelling: keys and values are
compared without case, nothing but an id is compulsory, and unknown values are `Unmatched` rather than a failure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import clock
from domain.messages.attempt import Engagement, Reason, Receipt
from events.event import Unmatched
from events.event_data import Data, as_data, moment, text, word


@dataclass(frozen=True)
class Report:
    """News of an attempt, whose number is still 0: `id` says which it is, and nothing else does.

    On SMS and email that is our attempt id, on WhatsApp the provider's message id. `recipient` may be missing, and be
    spelt otherwise than it was dialled. `user_id` is WhatsApp's own id of that person. `unknown_code` is the provider's
    number for a failure that is in no table of ours: 1 to 6 digits.
    """

    channel: str
    id: str
    news: Receipt | Engagement
    recipient: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    unknown_code: str = ""


def read_report(event_type: str | None, data: Any, raised_at: datetime | None) -> Report | Unmatched | None:
    """The report in an event's data; None when it is no report.

    Without a type the data tell what it is. `raised_at` is the event's own time, for data without one.
    """
    data = as_data(data)
    reader = READERS.get(event_type.lower()) if event_type else _reader_for(data)
    return reader(data, raised_at or clock.now()) if reader else None


def _reader_for(data: Data) -> "Reader | None":
    return next((reader for keys, reader in TELLING_KEYS.items() if keys <= data.keys()), None)


def _sms_report(data: Data, raised_at: datetime) -> Report | Unmatched:
    status, tag = word(data, "deliverystatus"), text(data, "tag")
    if status not in ("delivered", "failed"):
        return Unmatched(tag or text(data, "messageid"), status, "unknownStatus")
    code = _sms_code(text(data, "deliverystatusdetails")) if status == "failed" else ""
    reason = _reason(SMS_REASONS, code, "The SMS was not delivered") if status == "failed" else None
    receipt = Receipt(0, status, moment(data, "receivedtimestamp", raised_at), reason)
    if not tag:  # sent by others; a row that leads from the provider's own id to an attempt would cost each SMS a write
        return Unmatched(text(data, "messageid"), status, "unknownAttempt")
    return Report("sms", tag, receipt, text(data, "to"), unknown_code=_unknown(SMS_REASONS, code))


def _email_report(data: Data, raised_at: datetime) -> Report | Unmatched:
    status, message_id = word(data, "status"), text(data, "messageid")
    if status != "delivered" and status not in EMAIL_REASONS:
        return Unmatched(message_id, status, "unknownStatus")
    at = moment(data, "deliveryattempttimestamp", raised_at)
    reason = EMAIL_REASONS.get(status)
    receipt = Receipt(0, "failed" if reason else "delivered", at, reason)
    return _report("email", message_id, receipt, text(data, "recipient"))


def _email_engagement(data: Data, raised_at: datetime) -> Report | Unmatched:
    told, message_id = word(data, "engagementtype"), text(data, "messageid")
    kind = {"view": "opened", "click": "clicked"}.get(told)
    if kind is None:
        return Unmatched(message_id, told, "unknownStatus")
    engagement = Engagement(0, kind, moment(data, "useractiontimestamp", raised_at))
    return _report("email", message_id, engagement, text(data, "recipient"))


def _whatsapp_status(data: Data, raised_at: datetime) -> Report | Unmatched:
    status, message_id = word(data, "status"), text(data, "messageid")
    if word(data, "channeltype") not in ("whatsapp", ""):
        return Unmatched(message_id, status, "unknownChannel")
    if status not in ("sent", "delivered", "read", "failed"):
        return Unmatched(message_id, status, "unknownStatus")
    code = _whatsapp_code(data.get("error")) if status == "failed" else ""
    reason = _reason(WHATSAPP_REASONS, code, "The WhatsApp message was not delivered") if status == "failed" else None
    receipt = Receipt(0, status, moment(data, "receivedtimestamp", raised_at), reason)
    unknown = _unknown(WHATSAPP_REASONS, code)
    return _report("whatsapp", message_id, receipt, text(data, "to"), text(data, "tobsuid"), unknown)


Reader = Callable[[Data, datetime], Report | Unmatched]

READERS: dict[str, Reader] = {
    "microsoft.communication.smsdeliveryreportreceived": _sms_report,
    "microsoft.communication.emaildeliveryreportreceived": _email_report,
    "microsoft.communication.emailengagementtrackingreportreceived": _email_engagement,
    "microsoft.communication.advancedmessagedeliverystatusupdated": _whatsapp_status,
}

TELLING_KEYS = {
    frozenset({"deliverystatus"}): _sms_report,
    frozenset({"engagementtype"}): _email_engagement,
    frozenset({"deliveryattempttimestamp"}): _email_report,
    frozenset({"channeltype", "status"}): _whatsapp_status,
}
"""What only the data of that event has."""


def _report(
    channel: str, report_id: str, news: Receipt | Engagement, recipient: str, user_id: str = "", unknown_code: str = ""
) -> Report | Unmatched:
    if report_id:
        return Report(channel, report_id, news, recipient, user_id, unknown_code)
    return Unmatched("", news.status if isinstance(news, Receipt) else news.kind, "unknownAttempt")


def _reason(reasons: Mapping[str, Reason], code: str, otherwise: str) -> Reason:
    """Where the code is in no table, it is told as a number, for whoever has to look it up."""
    return reasons.get(code) or Reason("providerError", f"{otherwise} ({code})." if code else f"{otherwise}.")


def _unknown(reasons: Mapping[str, Reason], code: str) -> str:
    return "" if code in reasons else code


CODE = re.compile(r"[0-9]{1,6}(?![0-9])")
"""No longer, so that a telephone number is never taken for one, and few enough to be counted by."""


def _sms_code(details: str) -> str:
    """`details` begins with a code, or is a text alone; the text is not ours to keep."""
    if "sender blocked" in details.lower():
        return "4007"
    return match[0] if (match := CODE.match(details)) else ""


SMS_REASONS = {
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

EMAIL_REASONS = {
    "failed": Reason("providerError", "The email was not delivered."),
    "bounced": Reason("bounced", "The address or its domain does not exist."),
    "suppressed": Reason("bounced", "The address bounced before, and the provider writes to it no more."),
    "quarantined": Reason("blocked", "The email is held back as spam or phishing."),
    "filteredspam": Reason("blocked", "The email was refused as spam."),
}
"""By status. `Expanded` and `OutForDelivery` say nothing of the recipient: to us they are unknown."""


def _whatsapp_code(error: Any) -> str:
    code = as_data(error).get("channelcode")
    told = str(code) if isinstance(code, str | int) else ""
    return told if CODE.fullmatch(told) else ""


WHATSAPP_REASONS = {
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
