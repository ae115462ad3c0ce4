"""The bodies of requests about access and sending. Field by field they are described in docs/access.md."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from domain import clock
from domain.access.caller import ANYBODY, FUNCTION_KEY, Mode, Role
from domain.errors import InvalidValue
from domain.texts import header_value
from triggers.http.requests.fields import ChannelName, EmailAddress, Moment, OurId, PhoneNumber
from triggers.http.requests.read_body import Body

LONGEST_VALIDITY = timedelta(days=2 * 365)
USUAL_LIFE = timedelta(days=365)
LONGEST_NAME, LONGEST_REASON = 64, 200

Name = Annotated[OurId, Field(max_length=LONGEST_NAME)]
Category = Literal["transactional", "marketing", "authentication"]
MOST_PER_MINUTE = 1_000_000


def _per_minute(value: object) -> int:
    """JSON has one kind of number: 60.0 is 60."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise InvalidValue("wrongType", "must be a whole number")
    if not 1 <= value <= MOST_PER_MINUTE:
        raise InvalidValue("outOfRange", f"must lie between 1 and {MOST_PER_MINUTE}")
    return int(value)


PerMinute = Annotated[
    int,
    BeforeValidator(_per_minute),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_PER_MINUTE}),
]


def _short_line(text: str) -> str:
    if len(text) > LONGEST_REASON:
        raise InvalidValue("tooLong", f"must not be longer than {LONGEST_REASON} characters")
    return header_value(text)


ShortLine = Annotated[
    str,
    AfterValidator(_short_line),
    WithJsonSchema({"type": "string", "format": "line", "minLength": 1, "maxLength": LONGEST_REASON}),
]


def _ahead(moment: datetime) -> datetime:
    if not clock.now() < moment <= clock.now() + LONGEST_VALIDITY:
        raise InvalidValue("outOfRange", f"must lie ahead, at most {LONGEST_VALIDITY.days} days")
    return moment


Ahead = Annotated[Moment, AfterValidator(_ahead)]


def _country(text: str) -> str:
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise InvalidValue("format", "must be a country as ISO 3166 writes it, as in AT")
    return text.upper()


def _of_nobody_else(name: str) -> str:
    if name in (FUNCTION_KEY.name, ANYBODY.name, "setup"):
        raise InvalidValue("taken", "is the name of a caller that the app itself knows")
    return name


def _one_or_more(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    if not roles:
        raise InvalidValue("empty", "must not be empty")
    if len(set(roles)) < len(roles):
        raise InvalidValue("duplicate", "must name each role once")
    return roles


class KeyBody(Body):
    """`POST /api/keys`: an API key to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["mode"], "properties": {"mode": {"const": "team"}}},
            "then": {"required": ["recipients"], "properties": {"recipients": {"type": "array", "minItems": 1}}},
            "else": {"properties": {"recipients": {"maxItems": 0}}},
        }
    )

    name: Annotated[Name, AfterValidator(_of_nobody_else)]
    roles: Annotated[
        tuple[Role, ...],
        AfterValidator(_one_or_more),
        Field(json_schema_extra={"minItems": 1, "uniqueItems": True}),
    ]
    mode: Mode = "live"
    recipients: Annotated[tuple[PhoneNumber | EmailAddress, ...], Field(max_length=100, validate_default=True)] = ()
    expires_at: Ahead | None = None
    inherits: Name | None = None
    requests_per_minute: PerMinute | None = None
    sends_per_minute: PerMinute | None = None

    @field_validator("recipients")
    @classmethod
    def of_a_team(cls, recipients: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        is_team = others.data.get("mode") == "team"
        if is_team and not recipients:
            raise InvalidValue("required", "must list somebody: a team key writes to them alone")
        if recipients and not is_team:
            raise InvalidValue("contradiction", "is for team keys alone")
        return recipients


class ScopeBody(Body):
    """`POST /api/sending/resume`: the scope of a pause, as it was made. Without any field: of everything."""

    channel: ChannelName | None = None
    sender: ShortLine | None = None
    category: Category | None = None

    def scope(self) -> dict[str, str | None]:
        return {"channel": self.channel, "sender": self.sender, "category": self.category}


class PauseBody(ScopeBody):
    """`POST /api/sending/pause`: stop sending, for what all of the named fields describe."""

    reason: ShortLine
    until: Ahead | None = None
    include_authentication: StrictBool = False


class ExemptionBody(Body):
    """`POST /api/sending/exemptions`: lift a rule for a while. `value`: a country, or the name of a caller."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "country"}}},
            "then": {"properties": {"value": {"pattern": "^[A-Za-z]{2}$"}}},
        }
    )

    kind: Literal["country", "rate"]
    value: ShortLine
    owner: ShortLine
    reason: ShortLine
    until: Ahead

    @field_validator("value")
    @classmethod
    def of_its_kind(cls, value: str, others: ValidationInfo) -> str:
        return _country(value) if others.data.get("kind") == "country" else value
