"""The kinds of values that callers send. Every text raised here is shown to the caller, and quotes no input."""

import json
import re
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from langcodes.tag_parser import LanguageTagError, parse_tag
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints, WithJsonSchema
from typing_extensions import TypeAliasType

from domain.customers.consent import TOPIC
from domain.durations import duration
from domain.errors import InvalidValue
from domain.identities import OURS
from domain.texts import (
    LONGEST_CUSTOMER_ID,
    LONGEST_HEADER_VALUE,
    LONGEST_METADATA_VALUE,
    LONGEST_REFERENCE,
    METADATA_NAME,
    MOST_METADATA,
    body_text,
    customer_id,
    header_value,
    metadata,
    reference,
)

MOST_ATTRIBUTES, LONGEST_ATTRIBUTE = 50, 256
ATTRIBUTE_NAME, TAG = re.compile("[A-Za-z_][A-Za-z0-9_]{0,39}"), re.compile(r"[A-Za-z0-9_.:/-]{1,50}")

ChannelName = TypeAliasType("ChannelName", Literal["whatsapp", "sms", "email"])
"""With a name of its own in the document, and so in generated clients."""

E164 = r"\+[1-9][0-9]{6,14}"
LONGEST_LOCAL_PART = 64
"""Of an email address (RFC 5321, 4.5.3.1.1), which the library does not look at."""

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=72)


def _id(text: str) -> str:
    if not OURS.fullmatch(text):
        raise InvalidValue("format", "must be 1 to 64 letters, digits, hyphens or underscores")
    return text


def _phone_number(text: str) -> str:
    if not re.fullmatch(E164, text):
        raise InvalidValue("format", "must be a phone number in E.164 form, as in +14255550123")
    return text


def _email_address(text: str) -> str:
    """With the domain in ASCII, as `xn--` (IDNA 2008): providers rewrite others, or refuse them."""
    before_the_at = text.rpartition("@")[0]
    if '"' in before_the_at:
        raise InvalidValue("forbiddenCharacters", "must not have quotation marks before the @")
    if len(before_the_at.encode()) > LONGEST_LOCAL_PART:
        raise InvalidValue("tooLong", f"must not have more than {LONGEST_LOCAL_PART} bytes before the @")
    try:
        in_ascii = validate_email(text, check_deliverability=False).ascii_email
    except EmailNotValidError:
        raise InvalidValue("format", "must be an email address, as in ada@example.com") from None
    if in_ascii is None:
        raise InvalidValue(
            "forbiddenCharacters", "must have only ASCII characters before the @: our email providers take no others"
        )
    return in_ascii


def _timeout(value: object) -> timedelta:
    timeout = duration(value)
    if not SHORTEST <= timeout <= LONGEST:
        raise InvalidValue("outOfRange", "must lie between PT1S and PT72H")
    return timeout


def _moment(value: Any) -> Any:
    """pydantic alone would take numbers, also as text, for seconds since 1970."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise InvalidValue("format", "must be an RFC 3339 time, as in 2026-12-01T09:00:00Z")
    return value


@cache
def _time_zones() -> set[str]:
    """Read once: that walks through a folder. Two files in it are no zones, but this machine's own, and none at all."""
    return available_timezones() - {"localtime", "Factory"}


def _time_zone(text: str) -> str:
    if text not in _time_zones():
        raise InvalidValue("unknown", "must be a time zone of the IANA database, as in Europe/London")
    return text


def _locale(text: str) -> str:
    """Well-formed by RFC 5646. Whether each of its parts is registered changes with every edition of the registry."""
    try:
        parse_tag(text)
    except LanguageTagError:
        well_formed = False
    else:
        well_formed = "_" not in text  # the library takes one for a hyphen, as CLDR does
    if not well_formed:
        raise InvalidValue("format", "must be a language tag of RFC 5646, as in en-GB")
    return text


def _without_nulls(value: Any) -> Any:
    """As in every object, what is null is left out."""
    return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else value


CustomerId = Annotated[
    str,
    AfterValidator(customer_id),
    WithJsonSchema({"type": "string", "format": "customer-id", "minLength": 1, "maxLength": LONGEST_CUSTOMER_ID}),
]
OurId = Annotated[str, AfterValidator(_id), WithJsonSchema({"type": "string", "pattern": f"^{OURS.pattern}$"})]
PhoneNumber = Annotated[str, AfterValidator(_phone_number), WithJsonSchema({"type": "string", "pattern": f"^{E164}$"})]
EmailAddress = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_email_address),
    WithJsonSchema({"type": "string", "format": "email"}),
]
HeaderValue = Annotated[
    str,
    AfterValidator(header_value),
    WithJsonSchema({"type": "string", "format": "line", "minLength": 1, "maxLength": LONGEST_HEADER_VALUE}),
]
BodyText = Annotated[
    str, AfterValidator(body_text), WithJsonSchema({"type": "string", "format": "visible-text", "minLength": 1})
]
Reference = Annotated[
    str,
    AfterValidator(reference),
    WithJsonSchema({"type": "string", "format": "printable", "minLength": 1, "maxLength": LONGEST_REFERENCE}),
]
Metadata = Annotated[
    dict[str, str],
    BeforeValidator(_without_nulls),
    AfterValidator(metadata),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MOST_METADATA,
            "propertyNames": {"pattern": f"^{METADATA_NAME.pattern}$"},
            "additionalProperties": {
                "type": ["string", "null"],
                "format": "printable",
                "maxLength": LONGEST_METADATA_VALUE,
            },
        }
    ),
]


def _tag(text: str) -> str:
    if not TAG.fullmatch(text):
        raise InvalidValue("format", "must be 1 to 50 letters, digits or any of _ . : / -, as in plan:gold")
    return text


def _attributes(given: dict[str, Any]) -> dict[str, Any]:
    """Flat, so that each can be told by one name: in a filter, in a column, in a template."""
    if len(given) > MOST_ATTRIBUTES:
        raise InvalidValue("outOfRange", f"must not have more than {MOST_ATTRIBUTES} attributes")
    if not all(ATTRIBUTE_NAME.fullmatch(name) for name in given):
        raise InvalidValue("format", "must have names of 1 to 40 letters, digits or underscores, no digit first")
    for value in given.values():
        if isinstance(value, str):
            if len(value) > LONGEST_ATTRIBUTE or not value.isprintable():
                raise InvalidValue("format", f"must have texts of at most {LONGEST_ATTRIBUTE} printable characters")
        elif not isinstance(value, int | float) or abs(value) > MOST_NUMBER:
            raise InvalidValue("wrongType", "must have texts, numbers within 2^53, true or false as values")
    return given


MOST_NUMBER = 2**53
"""What JSON readers everywhere hold exactly."""

Tag = Annotated[str, AfterValidator(_tag), WithJsonSchema({"type": "string", "pattern": f"^{TAG.pattern}$"})]
Attributes = Annotated[
    dict[str, Any],
    BeforeValidator(_without_nulls),
    AfterValidator(_attributes),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MOST_ATTRIBUTES,
            "propertyNames": {"pattern": f"^{ATTRIBUTE_NAME.pattern}$"},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "format": "printable", "maxLength": LONGEST_ATTRIBUTE},
                    {"type": "number", "minimum": -MOST_NUMBER, "maximum": MOST_NUMBER},
                    {"type": "boolean"},
                    {"type": "null"},
                ]
            },
        }
    ),
]


TEMPLATE_NAME = re.compile("[a-z0-9][a-z0-9-]{0,63}")
DATA_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]{0,63}")
LARGEST_DATA, DEEPEST_DATA, MOST_ITEMS = 64 * 1024, 6, 100


def _template_name(text: str) -> str:
    if not TEMPLATE_NAME.fullmatch(text):
        raise InvalidValue("format", "must be 1 to 64 small letters, digits or hyphens, as in parcel-sent")
    return text


def _template_data(data: dict[str, Any]) -> dict[str, Any]:
    if not all(DATA_NAME.fullmatch(name) for name in data):
        raise InvalidValue("format", "must have names of letters, digits or underscores, no digit first")
    if "customer" in data:
        raise InvalidValue("contradiction", "must not have customer: that is who is on file")
    if len(json.dumps(data)) > LARGEST_DATA:
        raise InvalidValue("tooLong", f"must not be larger than {LARGEST_DATA} bytes")
    if _depth(data) > DEEPEST_DATA:
        raise InvalidValue("outOfRange", f"must not be nested more than {DEEPEST_DATA} deep")
    return data


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


TemplateName = Annotated[
    str, AfterValidator(_template_name), WithJsonSchema({"type": "string", "pattern": f"^{TEMPLATE_NAME.pattern}$"})
]
TemplateData = Annotated[
    dict[str, Any],
    AfterValidator(_template_data),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{DATA_NAME.pattern}$", "not": {"const": "customer"}},
            "additionalProperties": True,
        }
    ),
]


def _topic(text: str) -> str:
    if not TOPIC.fullmatch(text):
        raise InvalidValue("format", "must be 1 to 50 small letters, digits or hyphens, as in product-news")
    return text


Topic = Annotated[str, AfterValidator(_topic), WithJsonSchema({"type": "string", "pattern": f"^{TOPIC.pattern}$"})]
CLOCK_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"


def _clock_time(text: str) -> str:
    if not re.fullmatch(CLOCK_TIME, text):
        raise InvalidValue("format", "must be a time of the day, as in 21:00")
    return text


ClockTime = Annotated[
    str, AfterValidator(_clock_time), WithJsonSchema({"type": "string", "pattern": f"^{CLOCK_TIME}$"})
]
Timeout = Annotated[timedelta, BeforeValidator(_timeout), WithJsonSchema({"type": "string", "format": "duration"})]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
TimeZone = Annotated[str, AfterValidator(_time_zone), WithJsonSchema({"type": "string", "format": "time-zone"})]
LONGEST_LOCALE = 100
Locale = Annotated[
    str,
    StringConstraints(max_length=LONGEST_LOCALE),
    AfterValidator(_locale),
    WithJsonSchema({"type": "string", "format": "language-tag", "maxLength": LONGEST_LOCALE}),
]
