"""The bodies of requests. Field by field they are described in docs/api.md."""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)

from domain.errors import InvalidValue
from domain.messages.message import Content, RouteStep, Wording
from domain.messages.proposal import Proposal, TemplateUse
from domain.traits import CHANNELS, TRAITS
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
    TemplateData,
    TemplateName,
    Timeout,
    Topic,
)
from triggers.http.requests.read_body import Body

T = TypeVar("T")
MOST_OTHERS = 5
NEVER_READ = tuple(channel for channel, traits in TRAITS.items() if "read" not in traits.reports)


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


def _not_many(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if len(addresses) > MOST_OTHERS:
        raise InvalidValue("tooLong", f"must not have more than {MOST_OTHERS} addresses")
    return addresses


A_FEW: Any = Field(json_schema_extra={"maxItems": MOST_OTHERS, "uniqueItems": True})


class OtherContactPoints(Body):
    """Further addresses of a customer. They are not written to, and a reply from one finds the customer."""

    whatsapp: Annotated[tuple[PhoneNumber, ...], AfterValidator(_not_many), A_FEW] = ()
    sms: Annotated[tuple[PhoneNumber, ...], AfterValidator(_not_many), A_FEW] = ()
    email: Annotated[tuple[EmailAddress, ...], AfterValidator(_not_many), A_FEW] = ()

    def by_channel(self) -> dict[str, tuple[str, ...]]:
        given: dict[str, tuple[str, ...]] = self.model_dump()
        return {channel: addresses for channel, addresses in given.items() if addresses}


class RouteStepBody(Body):
    """A channel with its timeout and with what counts as success."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"channel": {"enum": [*NEVER_READ]}}},
            "then": {"properties": {"confirm": {"enum": ["sent", "delivered", None]}}},
        }
    )

    channel: ChannelName
    timeout: Timeout | None = None
    confirm: Literal["sent", "delivered", "read"] = "delivered"

    @field_validator("confirm")
    @classmethod
    def can_be_told(cls, confirm: str, others: ValidationInfo) -> str:
        if confirm == "read" and others.data.get("channel") in NEVER_READ:
            raise InvalidValue("contradiction", "must be sent or delivered: nobody can tell whether an SMS was read")
        return confirm

    def to_route_step(self) -> RouteStep:
        return RouteStep(self.channel, self.timeout or TRAITS[self.channel].default_timeout, self.confirm)


def _route_step(value: Any) -> Any:
    """A channel may be written as its name alone."""
    return {"channel": value} if isinstance(value, str) else value


RouteStepOrName = Annotated[
    RouteStepBody, BeforeValidator(_route_step, json_schema_input_type=ChannelName | RouteStepBody)
]


def each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    """Raises `InvalidValue` for a value, or a channel, that comes twice."""
    names = [value.channel if isinstance(value, RouteStepBody) else value for value in values]
    if len(set(names)) < len(names):
        raise InvalidValue("duplicate", "must name each of them once")
    return values


def _at_least_one(route_steps: tuple[RouteStepBody, ...] | None) -> tuple[RouteStepBody, ...] | None:
    # not min_length: pydantic 2.14 counts only the items that are right, and complains twice of a wrong one
    if route_steps is None:
        return None
    if not route_steps:
        raise InvalidValue("empty", "must not be empty")
    return each_once(route_steps)


class WordingBody(Body):
    """What is told on one channel. Subject and HTML are for email alone."""

    subject: HeaderValue | None = None
    text: BodyText | None = None
    html: BodyText | None = None

    def to_wording(self) -> Wording:
        return Wording(text=self.text, subject=self.subject, html=self.html)


class WordingsBody(Body):
    """Words for one channel alone: part by part they stand in place of those for all."""

    whatsapp: WordingBody | None = None
    sms: WordingBody | None = None
    email: WordingBody | None = None

    def by_channel(self) -> dict[str, Wording]:
        return {name: wording.to_wording() for name in type(self).model_fields if (wording := getattr(self, name))}


class ContentBody(WordingBody):
    """What is told, with more than plain text."""

    model_config = ConfigDict(json_schema_extra={"if": _given("text"), "else": _given("html")})

    channels: WordingsBody | None = None

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not (self.text or self.html or self.says_it_otherwise):
            raise InvalidValue("required", "must have a text or html")
        return self

    @property
    def says_it_otherwise(self) -> bool:
        return False

    def to_content(self) -> Content:
        by_channel = self.channels.by_channel() if self.channels else None
        return Content(text=self.text, subject=self.subject, html=self.html, channels=by_channel or None)


class MessageContentBody(ContentBody):
    """What a message says: in words, or by a template with its data, in a language or the customer's."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": _given("template"),
            "then": {"properties": {name: {"type": "null"} for name in ("subject", "text", "html", "channels")}},
            "else": {
                "anyOf": [_given("text"), _given("html")],
                "properties": {name: {"type": "null"} for name in ("data", "locale")},
            },
        }
    )

    template: TemplateName | None = None
    data: TemplateData | None = None
    locale: Locale | None = None
    transliterate: StrictBool = False

    @property
    def says_it_otherwise(self) -> bool:
        return self.template is not None

    @model_validator(mode="after")
    def in_one_way(self) -> Self:
        if self.template is None and (self.data is not None or self.locale is not None):
            raise InvalidValue("contradiction", "must have a template beside data or locale")
        if self.template is not None and (self.text or self.html or self.subject or self.channels):
            raise InvalidValue("contradiction", "must have no words of its own beside a template")
        return self

    def to_use(self) -> TemplateUse | None:
        return TemplateUse(self.template, self.data or {}, self.locale) if self.template else None


class MessageBody(Body):
    """`POST /api/messages`: one thing to tell one customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": _given("message"),
            "then": {"properties": {"content": {"type": "null"}}},
            "else": _given("content"),
            "not": {
                "required": ["priority", "category"],
                "properties": {"priority": {"const": "critical"}, "category": {"const": "marketing"}},
            },
        }
    )

    customer_id: CustomerId
    conversation_id: OurId | None = None
    content: MessageContentBody | None = None
    message: Annotated[BodyText | None, Field(validate_default=True)] = None
    channels: Annotated[
        tuple[RouteStepOrName, ...] | None,
        AfterValidator(_at_least_one),
        Field(json_schema_extra={"minItems": 1, "maxItems": len(CHANNELS), "uniqueItems": True}),
    ] = None
    to: ContactPoints | None = None
    priority: Literal["low", "normal", "high", "critical"] = "normal"
    category: Literal["transactional", "marketing", "authentication"] = "transactional"
    topic: Topic | None = None
    collapse_key: OurId | None = None
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

    @field_validator("category")
    @classmethod
    def unless_critical(cls, category: str, others: ValidationInfo) -> str:
        if category == "marketing" and others.data.get("priority") == "critical":
            raise InvalidValue("contradiction", "must not be marketing: no marketing is critical")
        return category

    def to_proposal(self) -> Proposal:
        return Proposal(
            customer_id=self.customer_id,
            conversation_id=self.conversation_id,
            content=self.content.to_content() if self.content else Content(text=self.message),
            template=self.content.to_use() if self.content else None,
            transliterate=self.content.transliterate if self.content else False,
            route=tuple(step.to_route_step() for step in self.channels) if self.channels else None,
            to=self.to.by_channel() if self.to else {},
            priority=self.priority,
            category=self.category,
            topic=self.topic,
            collapse_key=self.collapse_key,
            if_unknown=self.if_unknown,
            send_at=self.send_at,
            expires_at=self.expires_at,
            reference=self.reference,
            metadata=self.metadata or None,
        )


class ReferenceBody(Body):
    """`POST /api/messages/cancel`: the messages with this reference."""

    reference: Reference


class TimesBody(Body):
    """`PATCH /api/messages/{id}`: new times; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_given("sendAt"), _given("expiresAt")]})

    send_at: Moment | None = None
    expires_at: Moment | None = None
