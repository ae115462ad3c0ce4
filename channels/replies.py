"""Events of Azure Communication Services by which customers write to us, in our words.

Media stay with the provider: an event carries their id alone.
"""

import re
from collections.abc import Callable

from domain.conversations.reply import Media, Reply, ReplyContent
from events.event import Event, Unmatched
from events.event_data import Data, as_data, moment, text, word


def read_reply(event: Event) -> Reply | Unmatched | None:
    """The reply in an event; None when it is none.

    Without a type the data tell what it is. A reply that names neither its sender nor what it answers is from nobody.
    """
    reader = READERS.get(event.type) if event.type else _reader_for(event.data)
    reply = reader(event) if reader else None
    if isinstance(reply, Reply) and not (reply.sender or reply.in_reply_to):
        return Unmatched(reply.provider_message_id, "received", "unknownSender")
    return reply


def _reader_for(data: Data) -> "Reader | None":
    return next((reader for key, reader in TELLING_KEYS.items() if key in data), None)


def _sms(event: Event) -> Reply:
    return Reply(
        channel="sms",
        provider_message_id=text(event.data, "messageid") or event.id,
        content=ReplyContent("text", text(event.data, "message")),
        at=moment(event.data, "receivedtimestamp", event.at),
        sender=text(event.data, "from"),
    )


def _whatsapp(event: Event) -> Reply | Unmatched:
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


Reader = Callable[[Event], Reply | Unmatched]

READERS: dict[str, Reader] = {
    "microsoft.communication.smsreceived": _sms,
    "microsoft.communication.advancedmessagereceived": _whatsapp,
}

TELLING_KEYS = {"segmentcount": _sms, "messagetype": _whatsapp}
"""What only the data of that event has."""


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
