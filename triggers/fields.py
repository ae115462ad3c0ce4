"""The kinds of values that callers send. Every text raised here is shown to the caller, and quotes no input."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints, TypeAdapter, WithJsonSchema

from delivery.identities import OURS

ChannelName = Literal["whatsapp", "sms", "email"]
E164 = r"\+[1-9][0-9]{6,14}"
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=72)


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must be 1 to 128 printable characters")
    return text


def _id(text: str) -> str:
    if not OURS.fullmatch(text):
        raise ValueError("must be 1 to 64 letters, digits, hyphens or underscores")
    return text


def _phone_number(text: str) -> str:
    if not re.fullmatch(E164, text):
        raise ValueError("must be a phone number in E.164 form, as in +14255550123")
    return text


def _email_address(text: str) -> str:
    """With the domain in ASCII, as `xn--` (IDNA 2008): providers rewrite others, or refuse them."""
    try:
        in_ascii = validate_email(text, check_deliverability=False).ascii_email
    except EmailNotValidError:
        raise ValueError("must be an email address, as in ada@example.com") from None
    if in_ascii is None:
        raise ValueError("must have only ASCII characters before the @: our email providers take no others")
    return in_ascii


def _some_text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _duration(value: Any) -> timedelta:
    """pydantic alone would take numbers and clock times too."""
    try:
        duration = _durations.validate_python(value) if isinstance(value, str) and value.startswith("P") else None
    except ValueError:
        duration = None
    if duration is None:
        raise ValueError("must be an ISO 8601 duration, as in PT5M")
    if not SHORTEST <= duration <= LONGEST:
        raise ValueError("must lie between PT1S and PT72H")
    return duration


def _moment(value: Any) -> Any:
    """pydantic alone would take numbers, also as text, for seconds since 1970."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("must be an RFC 3339 time, as in 2026-12-01T09:00:00Z")
    return value


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("must be a time zone of the IANA database, as in Europe/London")
    return text


def _locale(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError("must be a language tag, as in en-GB")
    return text


_durations = TypeAdapter(timedelta)

CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_printable)]
OurId = Annotated[str, AfterValidator(_id), WithJsonSchema({"type": "string", "pattern": f"^{OURS.pattern}$"})]
PhoneNumber = Annotated[str, AfterValidator(_phone_number), WithJsonSchema({"type": "string", "pattern": f"^{E164}$"})]
EmailAddress = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_email_address),
    WithJsonSchema({"type": "string", "format": "email"}),
]
SomeText = Annotated[str, AfterValidator(_some_text)]
Patience = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "format": "duration"})]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Locale = Annotated[str, AfterValidator(_locale)]
