"""POST /messages/notifications:send, as in Microsoft's specification of 2024-08-30."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from local.providers.reading import (
    is_http_date,
    is_phone_number,
    is_uuid,
    items,
    json_object,
    optional_text,
    part,
    text,
)
from local.providers.refusals import Refusal, invalid
from local.providers.sending import Sending, Submission

MOST_RECIPIENTS = 100  # the specification has no maximum
MEDIA = ("image", "image_v0", "document", "video", "audio")


async def send_whatsapp(sending: Sending, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Send a notification and answer with one receipt per recipient."""
    submission = read_whatsapp(headers, json_object(body))
    [sent] = await sending.submit("whatsapp", [submission])
    if sent.message_ids is None:
        raise _rejected_repetition()
    pairs = zip(submission.recipients, sent.message_ids, strict=True)
    return {"receipts": [{"messageId": message_id, "to": to} for to, message_id in pairs]}


def read_whatsapp(headers: Mapping[str, str], notification: dict[str, Any]) -> Submission:
    """The submission in a request, for all its recipients together."""
    repeatability_id, first_sent = headers.get("Repeatability-Request-ID"), headers.get("Repeatability-First-Sent")
    if (repeatability_id or first_sent) and not (repeatability_id and is_http_date(first_sent)):
        raise _rejected_repetition()
    operation_id = repeatability_id or str(uuid4())
    recipients = _recipients(notification)
    submission = Submission(
        channel="whatsapp",
        operation_id=operation_id,
        fingerprint=first_sent or "",
        attempt_id=operation_id,
        sender=_channel_registration(notification),
        recipients=recipients,
        message_ids=tuple(str(uuid4()) for _ in recipients),
        content=_content(notification),
    )
    if any(behaviour.is_rejected for behaviour in submission.behaviours):
        raise invalid("to", "The recipient was rejected.")
    return submission


def _recipients(notification: dict[str, Any]) -> tuple[str, ...]:
    recipients = items(notification, "to", MOST_RECIPIENTS)
    if not all(is_phone_number(each) for each in recipients):
        raise invalid("to", "A recipient is not a phone number.")
    return tuple(recipients)


def _channel_registration(notification: dict[str, Any]) -> str:
    channel_id = text(notification, "channelRegistrationId")
    if not is_uuid(channel_id):
        raise invalid("channelRegistrationId", "The channel registration id is not a UUID.")
    return channel_id


def _content(notification: dict[str, Any]) -> dict[str, Any]:
    kind = text(notification, "kind")
    if kind == "text":
        return {"text": text(notification, "content")}
    if kind == "template":
        template = part(notification, "template")
        text(template, "name"), text(template, "language")
        return {"template": template}
    if kind in MEDIA:
        caption = optional_text(notification, "caption") or optional_text(notification, "content")
        return {"mediaUri": text(notification, "mediaUri")} | ({"text": caption} if caption else {})
    raise invalid("kind", "This kind of message is not known.")


def _rejected_repetition() -> Refusal:
    reason = "The Repeatability-Request-ID and the Repeatability-First-Sent (RFC 1123) do not belong together."
    return Refusal(400, "BadRequest", reason, "Repeatability-Request-ID", {"Repeatability-Result": "rejected"})
