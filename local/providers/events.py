"""The events that Communication Services raises, in the shape of Microsoft's own samples.

Their oddities are kept, since the app must live with them: `Tag` among camelCase keys, SMS numbers with and without
`+`, an SMS event whose id is the message id, `TimeStamp` in some names and seven digits in a second's fraction.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from local.event_grid.subscriptions import COMMUNICATION_TOPIC, Event
from local.providers.ledger import Effect

ENGAGEMENTS = ("View", "Click")
STATUSES = {
    "sms": ("Delivered", "Failed"),
    "email": ("Delivered", "Failed", "Bounced", "Suppressed", "Quarantined", "FilteredSpam", "Expanded", *ENGAGEMENTS),
    "whatsapp": ("Sent", "Delivered", "Read", "Failed"),
}
"""What can be reported of a message on each channel, in the provider's words."""


def report(effect: Effect, status: str, at: datetime, reason: str | None = None) -> Event:
    """The event by which the provider reports one of `STATUSES`.

    `reason` is the carrier's detail on SMS, the mail server's on email and the code of Meta on WhatsApp.
    """
    match effect.channel:
        case "sms":
            return _sms_report(effect, status, at, reason)
        case "email" if status in ENGAGEMENTS:
            return _email_engagement(effect, status, at)
        case "email":
            return _email_report(effect, status, at, reason)
        case _:
            return _whatsapp_status(effect, status, at, reason)


def sms_received(from_: str, to: str, text: str, at: datetime) -> Event:
    """A customer's text message to one of our numbers."""
    message_id = f"Incoming_{at:%Y%m%d%H%M%S}{uuid4()}"
    data = {
        "messageId": message_id,
        "from": from_.lstrip("+"),
        "to": to.lstrip("+"),
        "message": text,
        "receivedTimestamp": _zulu(at),
        "segmentCount": len(text) // 160 + 1,
    }
    return _event("SMSReceived", message_id, f"/phonenumber/{to.lstrip('+')}", data, at)


def whatsapp_received(from_: str, channel_id: str, text: str, at: datetime) -> Event:
    """A customer's WhatsApp text to our channel."""
    data = {
        "content": text,
        "channelType": "whatsapp",
        "messageType": "text",
        "from": from_.lstrip("+"),
        "to": channel_id,
        "receivedTimestamp": _offset(at),
        "messageId": str(uuid4()),
    }
    subject = f"advancedMessage/sender/{data['from']}/recipient/{channel_id}"
    return _event("AdvancedMessageReceived", str(uuid4()), subject, data, at)


def _sms_report(effect: Effect, status: str, at: datetime, reason: str | None) -> Event:
    has_arrived = status == "Delivered"
    data = {
        "messageId": effect.provider_message_id,
        "from": effect.sender.lstrip("+"),
        "to": effect.to,
        "deliveryStatus": status,
        "deliveryStatusDetails": reason or ("No error." if has_arrived else "4006: The phone cannot be reached."),
        "receivedTimestamp": _zulu(at),
        "deliveryAttempts": [
            {"timestamp": _zulu(at), "segmentsSucceeded": int(has_arrived), "segmentsFailed": int(not has_arrived)}
        ],
    }
    if effect.tag is not None:
        data["Tag"] = effect.tag
    subject = f"/phonenumber/{effect.to.lstrip('+')}"
    return _event("SMSDeliveryReportReceived", effect.provider_message_id, subject, data, at)


def _email_report(effect: Effect, status: str, at: datetime, reason: str | None) -> Event:
    data = {
        "sender": effect.sender,
        "recipient": effect.to,
        "messageId": effect.provider_message_id,
        "status": status,
        "deliveryStatusDetails": {"statusMessage": reason or ("OK" if status == "Delivered" else "MailboxUnavailable")},
        "deliveryAttemptTimeStamp": _offset(at),
    }
    return _event("EmailDeliveryReportReceived", str(uuid4()), _email_subject(effect), data, at)


def _email_engagement(effect: Effect, engagement: str, at: datetime) -> Event:
    data = {
        "sender": effect.sender,
        "messageId": effect.provider_message_id,
        "userActionTimeStamp": _offset(at),
        "engagementContext": "https://example.com/" if engagement == "Click" else "",
        "userAgent": "Mozilla/5.0",
        "engagementType": engagement.lower(),
    }
    return _event("EmailEngagementTrackingReportReceived", str(uuid4()), _email_subject(effect), data, at)


def _email_subject(effect: Effect) -> str:
    return f"sender/{effect.sender}/message/{effect.provider_message_id}"


def _whatsapp_status(effect: Effect, status: str, at: datetime, reason: str | None) -> Event:
    data: dict[str, Any] = {
        "messageId": effect.provider_message_id,
        "status": status,
        "channelType": "whatsapp",
        "from": effect.sender,
        "to": effect.to.lstrip("+"),
        "receivedTimestamp": _offset(at),
    }
    if status == "Failed":
        data["error"] = {"channelCode": reason or "131026", "channelMessage": "The message could not be delivered."}
    subject = f"advancedMessage/{effect.provider_message_id}/status/{status}"
    return _event("AdvancedMessageDeliveryStatusUpdated", str(uuid4()), subject, data, at)


def _event(kind: str, event_id: str, subject: str, data: dict[str, Any], at: datetime) -> Event:
    return {
        "id": event_id,
        "topic": COMMUNICATION_TOPIC,
        "subject": subject,
        "data": data,
        "eventType": f"Microsoft.Communication.{kind}",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": _zulu(at),
    }


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def _offset(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"
