"""Whether a request is the one that came before: by a hash of what was sent, which every later version still knows."""

import hashlib
import json
from typing import Any

from email_validator import validate_email
from pydantic_core import from_json

from triggers.http.requests.request_bodies import MessageBody

VERSION_2 = "2:"
"""What a hash begins with. Those of version 1 do not begin so."""

FIELDS_OF_VERSION_1: dict[str, Any] = {
    "customer_id": True,
    "conversation_id": True,
    "content": {"subject", "text", "html"},
    "message": True,
    "channels": {"__all__": {"channel", "timeout", "confirm"}},
    "to": {"whatsapp", "sms", "email"},
    "priority": True,
    "category": True,
    "if_unknown": True,
    "send_at": True,
    "expires_at": True,
}
"""All that the model had then. Frozen: whoever adds a field to the model adds none here."""


def fingerprint(sent: bytes) -> str:
    """The same for the same JSON, in whatever order of keys and with whatever spacing. `sent` is a valid body.

    It does not depend on the model, so a new optional field changes the fingerprint of no request that lacks it.
    """
    return VERSION_2 + _hash(from_json(sent))  # the parser that read the model


def is_fingerprint_of(known: str, sent: bytes, body: MessageBody) -> bool:
    """Whether this fingerprint, of any version, is of the same request. `body` is `sent`, as it was read."""
    return known == (fingerprint(sent) if known.startswith(VERSION_2) else _version_1(sent, body))


def _version_1(sent: bytes, body: MessageBody) -> str:
    """The hash of every field of the model, with its default; the subject and the email address as they were then."""
    fields = body.model_dump(mode="json", include=FIELDS_OF_VERSION_1)
    if body.content and body.content.subject:
        fields["content"]["subject"] = from_json(sent)["content"]["subject"]
    if body.to and body.to.email:
        email = from_json(sent)["to"]["email"]
        fields["to"]["email"] = validate_email(email, check_deliverability=False).normalized
    return _hash(fields)


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
