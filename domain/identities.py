"""How ids are made. Every id of ours matches `[A-Za-z0-9_-]{1,64}`."""

import hashlib
import re
from uuid import UUID, uuid5

OURS = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MESSAGES = UUID("6ff2a8a4-6a4e-4d0b-9a52-5f0fd8d9c7c1")


def message_id_of(idempotency_key: str, scope: str = "") -> str:
    """A UUID, always the same for one key within one scope. No key holds a line break, so no two of these are alike."""
    return str(uuid5(_MESSAGES, f"{scope}\n{idempotency_key}" if scope else idempotency_key))


def attempt_id(message_id: str, number: int) -> str:
    """The id of an attempt at providers that accept one, the same at every repetition."""
    return str(uuid5(UUID(message_id), str(number)))


def digest(text: str) -> str:
    """32 characters that stand for a caller's or a provider's text, which may be an address or unfit for an id."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def own_conversation(customer_id: str) -> str:
    """The conversation of messages that name none. `customer_id` is the digest of the caller's own id."""
    return f"c-{customer_id}"


def strangers_conversation(address_digest: str) -> str:
    """The conversation of an unknown sender, by the digest of their normalised address."""
    return f"unknown-{address_digest}"


def is_named_by_us(conversation_id: str) -> bool:
    """Whether the conversation is named for its customer. Then it is theirs even before they have a message in it."""
    return re.fullmatch(r"(c|unknown)-[0-9a-f]{32}", conversation_id) is not None


def document_id(foreign: str) -> str:
    """A provider's id as the id of a document: itself where it fits, else a digest of it."""
    return foreign if OURS.fullmatch(foreign) else f"x-{digest(foreign)}"
