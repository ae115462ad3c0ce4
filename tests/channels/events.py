"""Data of events of Communication Services, made up after their documentation."""

from typing import Any

Data = dict[str, Any]

TYPES = {
    "sms": "Microsoft.Communication.SMSDeliveryReportReceived",
    "email": "Microsoft.Communication.EmailDeliveryReportReceived",
    "engagement": "Microsoft.Communication.EmailEngagementTrackingReportReceived",
    "whatsapp": "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated",
}
ATTEMPT_ID = "5c0f4a4e-8b0e-5d4e-9f57-0a8d1c9b7e21"
WHATSAPP_ID = "c41f0f0a-6d8e-4c55-a7a1-2f6f5f3f9d10"
AT = "2026-11-22T12:00:05.1234567Z"


def sms(status: str = "Delivered", details: str = "No error.", **more: Any) -> Data:
    return {
        "messageId": "Outgoing_20261122120000aa",
        "from": "18335550100",
        "to": "+14255550123",
        "deliveryStatus": status,
        "deliveryStatusDetails": details,
        "receivedTimestamp": AT,
        "deliveryAttempts": [{"timestamp": AT, "segmentsSucceeded": 1, "segmentsFailed": 0}],
        "tag": ATTEMPT_ID,
        **more,
    }


def email(status: str = "Delivered", **more: Any) -> Data:
    return {
        "sender": "landfall@example.com",
        "recipient": "ada@example.com",
        "messageId": ATTEMPT_ID,
        "internetMessageId": "<1@mail.example.com>",
        "status": status,
        "deliveryStatusDetails": {"statusMessage": "", "recipientMailServerHostName": "mx.example.com"},
        "deliveryAttemptTimestamp": AT,
        **more,
    }


def engagement(kind: str = "view", **more: Any) -> Data:
    return {
        "sender": "landfall@example.com",
        "messageId": ATTEMPT_ID,
        "userActionTimestamp": AT,
        "engagementContext": "https://example.com/parcel",
        "userAgent": "Mail",
        "engagementType": kind,
        **more,
    }


def whatsapp(status: str = "Delivered", **more: Any) -> Data:
    return {
        "messageId": WHATSAPP_ID,
        "status": status,
        "channelType": "whatsapp",
        "from": "7d6f3c1e-52a4-4c0b-9e0f-2f1a5b8c9d10",
        "to": "+14255550123",
        "receivedTimestamp": AT,
        **more,
    }


SAMPLES = {"sms": sms(), "email": email(), "engagement": engagement(), "whatsapp": whatsapp()}
"""One of each kind, by the names of `TYPES`."""
