"""Events by which customers write to us, made up after their documentation."""

from datetime import UTC, datetime
from typing import Any

from events.event import Event
from events.event_data import as_data

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = "2026-11-22T12:00:05.1234567Z"
PROVIDER_ID = "c41f0f0a-6d8e-4c55-a7a1-2f6f5f3f9d10"
ANSWERED = "5c0f4a4e-8b0e-5d4e-9f57-0a8d1c9b7e21"
RESOURCE = "/subscriptions/0/resourceGroups/r/providers"
COMMUNICATION = f"{RESOURCE}/Microsoft.Communication/communicationServices/acs"
CUSTOM_TOPIC = f"{RESOURCE}/Microsoft.EventGrid/topics/landfall"
SMS, WHATSAPP = "Microsoft.Communication.SMSReceived", "Microsoft.Communication.AdvancedMessageReceived"


def an_event(event_type: str, data: Any, *, origin: str = COMMUNICATION, is_cloud_event: bool = False) -> Event:
    return Event("event-1", event_type.lower(), origin, is_cloud_event, NOON, as_data(data))


def sms(**more: Any) -> dict[str, Any]:
    return {
        "messageId": "Incoming_20261122120005aa",
        "from": "14255550123",
        "to": "18335550100",
        "message": "Yes, please",
        "receivedTimestamp": AT,
        "segmentCount": 1,
        **more,
    }


def whatsapp(kind: str = "text", **more: Any) -> dict[str, Any]:
    """A text, or another kind of message, whose own fields are in `more`."""
    said = {"content": "Yes, please"} if kind == "text" else {}
    return {
        **said,
        "channelType": "whatsapp",
        "messageType": kind,
        "from": "14255550123",
        "to": "7d6f3c1e-52a4-4c0b-9e0f-2f1a5b8c9d10",
        "messageId": PROVIDER_ID,
        "receivedTimestamp": AT,
        **more,
    }


CONTEXT = {"from": "18335550100", "id": ANSWERED}
BUTTON = whatsapp("button", context=CONTEXT, button={"text": "Yes", "payload": "deliver-today"})
BUTTON_REPLY = whatsapp(
    "interactive",
    context=CONTEXT,
    interactive={"type": "buttonReply", "buttonReply": {"id": "agree", "title": "I agree"}},
)
LIST_REPLY = whatsapp(
    "interactive",
    interactive={"type": "listReply", "listReply": {"id": "slow", "title": "By ship", "description": "3 weeks"}},
)
REACTION = whatsapp("reaction", reaction={"messageId": ANSWERED, "emoji": "👍"})
DOCUMENT = whatsapp(
    "document", media={"id": "media-1", "mimeType": "application/pdf", "fileName": "bill.pdf", "caption": "My bill"}
)
