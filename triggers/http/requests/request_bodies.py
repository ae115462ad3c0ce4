"""The bodies of requests. Field by field they are described in docs/api.md."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from domain.errors import InvalidMessage, InvalidValue
from domain.messages.message import CHANNELS, Content, RouteStep
from triggers.http.requests.fields import (
    BodyText,
    ChannelName,
    CustomerId,
    EmailAddress,
    HeaderValue,
    Locale,
    Metadata,
    Moment,
    OurId,
    PhoneNumber,
    Reference,
    Timeout,
    TimeZone,
)
from triggers.http.requests.read_body import Body

DEFAULT_TIMEOUTS = {
    "whatsapp": timedelta(minutes=10),
    "sms": timedelta(minutes=10),
    "email": timedelta(minutes=15),  # reports of Communication Services commonly take 5 to 10 minutes
}
"""Longer than Event Grid's pauses: a report that is not taken comes again after 10 s, 30 s, 1 min and 5 min, in all
within 8 min 20 s. With less, a store that is away for a few minutes makes a second message of one that arrived."""

FURTHEST = timedelta(days=30)
T = TypeVar("T")


def _given(name: str) -> dict[str, Any]:
    """JSON Schema for: this field is there, and not null."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


class ContactPoints(Body):
    """Where somebody is reached."""

    whatsapp: PhoneNumber | None = None
    sms: PhoneNumber | None = None
    email: EmailAddress | None = None

    def by_channel(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


class RouteStepBody(Body):
    """A channel with its timeout and with what counts as success."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"channel": {"const": "sms"}}},
            "then": {"properties": {"confirm": {"enum": ["sent", "delivered", None]}}},
        }
    )

    channel: ChannelName
    timeout: Timeout | None = None
    confirm: Literal["sent", "delivered", "read"] = "delivered"

    @field_validator("confirm")
    @classmethod
    def can_be_told(cls, confirm: str, others: ValidationInfo) -> str:
        if confirm == "read" and others.data.get("channel") == "sms":
            raise InvalidValue("contradiction", "must be sent or delivered: nobody can tell whether an SMS was read")
        return confirm

    def to_route_step(self) -> RouteStep:
        return RouteStep(self.channel, self.timeout or DEFAULT_TIMEOUTS[self.channel], self.confirm)


def _route_step(value: Any) -> Any:
    """A channel may be written as its name alone."""
    return {"channel": value} if isinstance(value, str) else value


RouteStepOrName = Annotated[
    RouteStepBody, BeforeValidator(_route_step, json_schema_input_type=ChannelName | RouteStepBody)
]


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    names = [value.channel if isinstance(value, RouteStepBody) else value for value in values]
    if len(set(names)) < len(names):
        raise InvalidValue("duplicate", "must name each channel once")
    return values


def _at_least_one(route_steps: tuple[RouteStepBody, ...] | None) -> tuple[RouteStepBody, ...] | None:
    # not min_length: pydantic 2.14 counts only the items that are right, and complains twice of a wrong one
    if route_steps is None:
        return None
    if not route_steps:
        raise InvalidValue("empty", "must not be empty")
    return _each_once(route_steps)


class ContentBody(Body):
    """What is told, with more than plain text."""

    model_config = ConfigDict(json_schema_extra={"if": _given("text"), "else": _given("html")})

    subject: HeaderValue | None = None
    text: BodyText | None = None
    html: BodyText | None = None

    @model_validator(mode="after")
    def says_something(self) -> "ContentBody":
        if not (self.text or self.html):
            raise InvalidValue("required", "must have a text or html")
        return self


class MessageBody(Body):
    """`POST /api/messages`: one thing to tell one customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": _given("message"),
            "then": {"properties": {"content": {"type": "null"}}},
            "else": _given("content"),
        }
    )

    customer_id: CustomerId
    conversation_id: OurId | None = None
    content: ContentBody | None = None
    message: Annotated[BodyText | None, Field(validate_default=True)] = None
    channels: Annotated[
        tuple[RouteStepOrName, ...] | None,
        AfterValidator(_at_least_one),
        Field(json_schema_extra={"minItems": 1, "maxItems": len(CHANNELS), "uniqueItems": True}),
    ] = None
    to: ContactPoints | None = None
    priority: Literal["low", "normal", "high", "critical"] = "normal"
    category: Literal["transactional", "marketing", "authentication"] = "transactional"
    if_unknown: Literal["retry", "stop"] = "retry"
    send_at: Moment | None = None
    expires_at: Moment | None = None
    reference: Reference | None = None
    metadata: Metadata | None = None

    @field_validator("message")
    @classmethod
    def or_content(cls, message: str | None, others: ValidationInfo) -> str | None:
        if "content" in others.data and (message is None) == (others.data["content"] is None):
            if message is None:
                raise InvalidValue("required", "is required, or content in its place")
            raise InvalidValue("contradiction", "must not stand beside content")
        return message

    def check_times(self, now: datetime) -> None:
        """Raises `InvalidMessage` for a time past or too far ahead. A message sent again may be past its own."""
        named = (("sendAt", self.send_at), ("expiresAt", self.expires_at))
        wrong = [name for name, moment in named if moment and not now < moment <= now + FURTHEST]
        if wrong:
            raise InvalidMessage(*((name, "outOfRange", "must lie ahead, at most 30 days") for name in wrong))
        if self.send_at and self.expires_at and self.expires_at <= self.send_at:
            raise InvalidMessage(("expiresAt", "contradiction", "must be later than sendAt"))

    @property
    def addresses(self) -> dict[str, str]:
        """Those that go before the ones on file, by channel."""
        return self.to.by_channel() if self.to else {}

    def to_content(self) -> Content:
        if self.content is None:
            return Content(text=self.message)
        return Content(text=self.content.text, subject=self.content.subject, html=self.content.html)

    def to_route(self, preferred: Sequence[str]) -> tuple[RouteStep, ...]:
        """The channels asked for, else those the customer prefers, else all there are."""
        if self.channels:
            return tuple(route_step.to_route_step() for route_step in self.channels)
        return tuple(RouteStep(channel, DEFAULT_TIMEOUTS[channel]) for channel in preferred or CHANNELS)


class CustomerBody(Body):
    """`PUT /api/customers/{id}`: all that is on file of a customer; what is left out is removed."""

    contact_points: ContactPoints = Field(default_factory=ContactPoints)
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    channels: Annotated[
        tuple[ChannelName, ...], AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})
    ] = ()
