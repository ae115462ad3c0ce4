"""Reading a request body of unknown shape. Each error raises a `Refusal` that names the field."""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

from local.providers.refusals import invalid

_PHONE_NUMBER = re.compile(r"\+?[1-9]\d{6,14}")
_EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def json_object(body: bytes) -> dict[str, Any]:
    """The body of a request."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("body", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise invalid("body", "The body is not a JSON object.")
    return value


def text(holder: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    if not isinstance(value := holder.get(name), str):
        raise invalid(name, f"The field {name} is required and is a string.")
    return value


def optional_text(holder: Mapping[str, Any], name: str) -> str | None:
    """A text that may be missing or null."""
    return None if holder.get(name) is None else text(holder, name)


def part(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object that must be there."""
    if not isinstance(value := holder.get(name), dict):
        raise invalid(name, f"The field {name} is required and is an object.")
    return value


def items(holder: Mapping[str, Any], name: str, most: int) -> list[Any]:
    """A list that must be there, with 1 to `most` items."""
    value = holder.get(name)
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise invalid(name, f"The field {name} is required and has 1 to {most} items.")
    return value


def is_uuid(value: str) -> bool:
    """Whether this is a UUID, in the form with hyphens."""
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def is_phone_number(value: object) -> bool:
    """Whether this could be a phone number in E.164 form; WhatsApp also goes without the `+`."""
    return isinstance(value, str) and _PHONE_NUMBER.fullmatch(value) is not None


def is_email_address(value: object) -> bool:
    """Whether this looks like an email address."""
    return isinstance(value, str) and _EMAIL_ADDRESS.fullmatch(value) is not None


def is_http_date(value: object) -> bool:
    """Whether this is a date as RFC 1123 writes it."""
    try:
        return isinstance(value, str) and parsedate_to_datetime(value) is not None
    except ValueError:
        return False
