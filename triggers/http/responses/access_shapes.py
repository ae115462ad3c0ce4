"""The bodies of responses about callers and operators, field by field."""

from typing import Literal, NotRequired  # pydantic reads those of `typing` from Python 3.12 on only

from typing_extensions import TypedDict

from triggers.http.requests.fields import ChannelName

Role = Literal["sender", "reader", "agent", "marketer", "approver", "operator", "privacy", "admin"]


class ApiKey(TypedDict):
    """An API key without its secret."""

    id: str
    name: str
    roles: list[Role]
    mode: Literal["live", "team", "test"]
    recipients: list[str]
    createdAt: str
    createdBy: str
    expiresAt: str
    inherits: NotRequired[str]
    requestsPerMinute: NotRequired[int]
    sendsPerMinute: NotRequired[int]
    revokedAt: NotRequired[str]
    revokedBy: NotRequired[str]


class NewApiKey(ApiKey):
    """An API key with its secret in `key`, which is shown this once."""

    key: str


class ApiKeys(TypedDict):
    """A page of API keys; without `next` it is the last."""

    data: list[ApiKey]
    next: NotRequired[str]


class Link(TypedDict):
    """A link that signs a browser in, once."""

    url: str
    expiresAt: str


class Pause(TypedDict):
    """Sending is stopped for what all of `channel`, `sender` and `category` describe; for everything without them."""

    id: str
    reason: str
    by: str
    at: str
    until: NotRequired[str]
    channel: NotRequired[ChannelName]
    sender: NotRequired[str]
    category: NotRequired[Literal["transactional", "marketing", "authentication"]]
    includesAuthentication: bool
    isOver: bool


class Exemption(TypedDict):
    """A rule is lifted until then: `value` is a country that may be written to, or a caller without rates."""

    kind: Literal["country", "rate"]
    value: str
    owner: str
    reason: str
    by: str
    at: str
    until: str
    isOver: bool


class Sending(TypedDict):
    """What stops or eases sending."""

    pauses: list[Pause]
    exemptions: list[Exemption]


class AuditEntry(TypedDict):
    """`actor` did `action` to `target`. `source` is an IP address, `keyId` the API key that was shown."""

    id: str
    at: str
    actor: str
    action: str
    target: str
    source: NotRequired[str]
    requestId: NotRequired[str]
    keyId: NotRequired[str]
    details: dict[str, str]


class AuditEntries(TypedDict):
    """A page of the audit; without `next` it is the last. A page may hold fewer entries than asked for, or none."""

    data: list[AuditEntry]
    next: NotRequired[str]
