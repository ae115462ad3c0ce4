"""The bodies of responses, field by field. The description of the API is made from them."""

from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,  # pydantic reads those of `typing` from Python 3.12 on only
)

from pydantic import Field
from typing_extensions import TypedDict

from domain.customers.hours import Day
from domain.errors import FieldCode
from triggers.http.requests.fields import ChannelName
from triggers.http.responses.template_shapes import ChannelPreview

Status = Literal[
    "accepted", "scheduled", "sending", "sent", "delivered", "bounced", "read", "undelivered", "notSent", "expired",
    "cancelled", "superseded", "refused",
]  # fmt: skip
AttemptStatus = Literal[
    "sending", "unknown", "accepted", "sent", "timedOut", "failed", "delivered", "bounced", "read"
]  # fmt: skip

SeenChannel = Literal["whatsapp", "sms", "email", "other"]
"""Another system may bring what a customer wrote by a channel of its own."""


class FieldError(TypedDict):
    """`field` as the caller wrote it: `channels[1].timeout`, `Idempotency-Key`, or `body` for all of it."""

    field: str
    code: FieldCode
    reason: str


class Problem(TypedDict):
    """An error as RFC 9457 tells it. What is behind `#` in its `type` is one of the codes in docs/errors.md.

    With an `idempotencyKey` the same request is to be sent again under this key.
    """

    type: Annotated[str, Field(json_schema_extra={"format": "uri-reference"})]
    title: str
    status: int
    requestId: str
    detail: NotRequired[str]
    errors: NotRequired[list[FieldError]]
    idempotencyKey: NotRequired[str]


class AcceptedMessage(TypedDict):
    """A message is accepted. `channel` is the first to be tried, or null. `statusQueryGetUri` tells its status."""

    messageId: str
    status: Literal["accepted"]
    channel: ChannelName | None
    id: str
    statusQueryGetUri: str
    sendEventPostUri: NotRequired[str]
    terminatePostUri: NotRequired[str]
    purgeHistoryDeleteUri: NotRequired[str]
    restartPostUri: NotRequired[str]
    suspendPostUri: NotRequired[str]
    resumePostUri: NotRequired[str]
    rewindPostUri: NotRequired[str]


RuntimeStatus = Literal[
    "Pending", "Running", "ContinuedAsNew", "Suspended", "Completed", "Failed", "Terminated", "Canceled"
]  # fmt: skip


class Workflow(TypedDict):
    """The workflow of a message as Durable Functions tells it. `output` is the outcome, once it has ended."""

    name: str
    instanceId: str
    runtimeStatus: RuntimeStatus
    input: Any
    customStatus: Any
    output: Any
    createdTime: str
    lastUpdatedTime: str


class Reason(TypedDict):
    """Why something did not work: `code` is one of a closed list, `detail` a sentence for people."""

    code: str
    detail: str


class Attempt(TypedDict):
    """One try on one channel. `duplicate`: the customer may have got the message once more through this attempt.

    `bouncedAt`: an email that its mail server had taken came back then, for the `reason`.
    """

    attempt: int
    channel: ChannelName
    status: AttemptStatus
    tries: int
    providerMessageId: NotRequired[str]
    sentAt: NotRequired[str]
    deliveredAt: NotRequired[str]
    bouncedAt: NotRequired[str]
    reason: NotRequired[Reason]
    duplicate: bool


class Skip(TypedDict):
    """A channel that could not be used."""

    channel: ChannelName
    reason: Reason


class RouteStep(TypedDict):
    """One channel of the route. `timeout`: how long a report is waited for, an ISO 8601 duration."""

    channel: ChannelName
    timeout: str
    confirm: Literal["sent", "delivered", "read"]


class Held(TypedDict):
    """Why nothing is sent now, by `channel`, or by none without one. It ends `until` then, or when somebody resumes."""

    since: str
    reason: Reason
    channel: NotRequired[ChannelName]
    until: NotRequired[str]


class Next(TypedDict):
    """What happens next to a message that has not ended. `action`: "hold" waits for what stops it, "wait" for a report.

    `because`: "accepted", "sendAt", "fallback", "tryAgain", "noReportYet", or the reason for which it is held.
    """

    action: Literal["send", "wait", "hold"]
    at: str
    because: str
    channel: NotRequired[ChannelName]


class TriedStep(RouteStep):
    """A step of the route; `skipped` says why it could not be used now."""

    skipped: NotRequired[Reason]


class DryRun(TypedDict):
    """What would become of a message: nothing was sent. Without `next` it would end at once."""

    dryRun: Literal[True]
    template: NotRequired[str]
    locale: NotRequired[str]
    route: list[TriedStep]
    next: NotRequired[Next]
    deadline: str
    channels: dict[ChannelName, ChannelPreview]


class OutboundMessage(TypedDict):
    """What was sent, and what became of it. `channel` is that of the attempt that arrived, null while none has.

    `deadline` is when it is given up: `expiresAt` if there was one. `template` is the name and version of what its
    content was made from, in the language `locale`. `mode` is there unless a `live` key sent it.
    """

    messageId: str
    customerId: str
    customerKey: str
    conversationId: str
    direction: Literal["outbound"]
    status: Status
    channel: ChannelName | None
    createdAt: str
    finishedAt: str | None
    deadline: str
    priority: Literal["low", "normal", "high", "critical"]
    category: Literal["transactional", "marketing", "authentication"]
    ifUnknown: Literal["retry", "stop"]
    topic: NotRequired[str]
    template: NotRequired[str]
    locale: NotRequired[str]
    collapseKey: NotRequired[str]
    supersededBy: NotRequired[str]
    sendAt: NotRequired[str]
    expiresAt: NotRequired[str]
    cancelledAt: NotRequired[str]
    reference: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    held: NotRequired[Held]
    next: NotRequired[Next]
    mode: NotRequired[Literal["team", "test"]]
    acceptedBy: NotRequired[str]
    route: list[RouteStep]
    attempts: list[Attempt]
    skipped: list[Skip]


class Cancelled(TypedDict):
    """A message is called off. The attempts in `mayStillArrive` have begun and cannot be called back."""

    messageId: str
    status: Literal["cancelling", "cancelled"]
    mayStillArrive: list[int]


class CancelledOne(TypedDict):
    """One of the messages with a reference: called off, or ended before, as its `status` tells."""

    messageId: str
    status: Status | Literal["cancelling"]
    mayStillArrive: list[int]


class CancelledAll(TypedDict):
    """What became of the messages with a reference."""

    data: list[CancelledOne]


class KnownContactPoints(TypedDict):
    """Where somebody is reached, by channel."""

    whatsapp: NotRequired[str]
    sms: NotRequired[str]
    email: NotRequired[str]


class KnownOtherContactPoints(TypedDict):
    """Where somebody is reached besides, by channel."""

    whatsapp: NotRequired[list[str]]
    sms: NotRequired[list[str]]
    email: NotRequired[list[str]]


QuietHours = TypedDict(
    "QuietHours",
    {  # this way, since `from` cannot be written as a field
        "from": str,
        "to": str,
        "days": list[Day],
    },
)


class Customer(TypedDict):
    """What is on file of a customer."""

    customerId: str
    customerKey: str
    contactPoints: KnownContactPoints
    otherContactPoints: KnownOtherContactPoints
    locale: NotRequired[str]
    timeZone: NotRequired[str]
    channels: list[ChannelName]
    quietHours: list[QuietHours]
    preferredHours: list[QuietHours]
    tags: list[str]
    attributes: dict[str, str | float | bool]
    updatedAt: NotRequired[str]


class Customers(TypedDict):
    """A page of customers, the latest updated first; without `next` it is the last."""

    data: list[Customer]
    next: NotRequired[str]


class Export(TypedDict):
    """All that is held of a customer, as it is stored; later pages hold messages alone. Without `next` it is the last.

    `customer` is missing for who was never on file and never said anything. `conversations` are ids.
    """

    customerKey: str
    exportedAt: str
    customer: NotRequired[dict[str, Any] | None]
    addresses: NotRequired[list[dict[str, Any]]]
    conversations: NotRequired[list[str]]
    summaries: NotRequired[list[dict[str, Any]]]
    audit: NotRequired[list[dict[str, Any]]]
    messages: list[dict[str, Any]]
    next: NotRequired[str]


class FoundCustomers(TypedDict):
    """The customers who have an address."""

    data: list[Customer]


class LastMessage(TypedDict):
    """The newest message of a conversation; the status of an inbound one is `received`."""

    messageId: str
    direction: Literal["outbound", "inbound"]
    status: str
    at: str
    channel: NotRequired[SeenChannel]


class Counts(TypedDict):
    """How many messages of a conversation have ended, and how many came in."""

    outbound: int
    inbound: int


class Conversation(TypedDict):
    """What is shown of a conversation without its messages."""

    conversationId: str
    customerId: str
    customerKey: str
    channels: list[SeenChannel]
    last: NotRequired[LastMessage]
    counts: Counts
    updatedAt: NotRequired[str]


class Conversations(TypedDict):
    """A page of conversations, and where to go on; without `continuation` it is the last."""

    conversations: list[Conversation]
    continuation: NotRequired[str]


class Media(TypedDict):
    """A picture, a document or the like, which stays with the provider under its id."""

    id: str
    mimeType: NotRequired[str]
    fileName: NotRequired[str]
    caption: NotRequired[str]


class ReplyContent(TypedDict):
    """What the customer said. `choice` is the id or payload that the button was sent out with."""

    kind: str
    text: NotRequired[str]
    choice: NotRequired[str]
    media: NotRequired[Media]


InboundMessage = TypedDict(
    "InboundMessage",
    {  # this way, since `from` cannot be written as a field
        "messageId": str,
        "customerId": NotRequired[str],
        "customerKey": NotRequired[str],
        "conversationId": str,
        "direction": Literal["inbound"],
        "channel": SeenChannel,
        "from": NotRequired[str],
        "content": NotRequired[ReplyContent],
        "receivedAt": str,
        "providerMessageId": str,
        "inReplyTo": NotRequired[str],
        "mayBeStop": NotRequired[Literal[True]],
    },
)


class Messages(TypedDict):
    """A page of a conversation, in both directions, and where to go on; without `continuation` it is the last."""

    messages: list[OutboundMessage | InboundMessage]
    continuation: NotRequired[str]


class Health(TypedDict):
    """The app can work."""

    status: Literal["ok"]
