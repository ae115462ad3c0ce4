"""A message from a customer, in our terms."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Media:
    """A picture, a document or the like, which stays with the provider under its `id`. `mime_type`: image/jpeg."""

    id: str
    mime_type: str | None = None
    file_name: str | None = field(default=None, repr=False)
    caption: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ReplyContent:
    """What the customer said.

    `kind`: "text", "button", "buttonReply", "listReply", "reaction", "image", "document", "video", "audio",
    "sticker", or "other" for what we do not know. `text` is what was written, the words on the button, or the emoji.
    `choice` is the id or the payload that the button was sent out with.
    """

    kind: str
    text: str | None = field(default=None, repr=False)
    choice: str | None = field(default=None, repr=False)
    media: Media | None = None


@dataclass(frozen=True)
class Reply:
    """An inbound message as its provider brought it. `in_reply_to` is the provider's id of the message answered.

    `sender` is the address it came from: a number, or WhatsApp's own id of a person who hides theirs; empty when it is
    not known. `user_id` is that id, where there is one.
    """

    channel: str
    provider_message_id: str
    content: ReplyContent
    at: datetime
    sender: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    in_reply_to: str | None = None
