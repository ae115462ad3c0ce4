"""The bodies of responses about who may be written to, field by field."""

from typing import Literal, NotRequired  # pydantic reads those of `typing` from Python 3.12 on only

from typing_extensions import TypedDict

from domain.customers.consent import StatementKind
from domain.customers.suppression import SuppressionReason
from triggers.http.requests.fields import ChannelName

Category = Literal["transactional", "marketing", "authentication"]


class Suppression(TypedDict):
    """Why an address is not written to, since `at`: with any message, or with those of `categories`.

    `addressKey` names the address in the audit. `isOver`: it has expired or was lifted. `source` is "reply", "report",
    or the caller who said so.
    """

    channel: ChannelName
    addressKey: str
    address: str
    reason: SuppressionReason
    at: NotRequired[str]
    until: NotRequired[str]
    liftedAt: NotRequired[str]
    source: str
    categories: list[Category]
    note: NotRequired[str]
    isOver: bool


class Suppressions(TypedDict):
    """A page of the list; without `next` it is the last."""

    data: list[Suppression]
    next: NotRequired[str]


class AddressSuppressions(TypedDict):
    """All that is known of one address, also what is over."""

    data: list[Suppression]


class Statement(TypedDict):
    """What a customer said `at` that time, and how that is known. `by` is the caller who recorded it."""

    state: StatementKind
    at: str
    source: str
    by: str
    recordedAt: str
    wording: NotRequired[str]
    reference: NotRequired[str]


class Consent(TypedDict):
    """What a customer has said about a topic on a channel: the latest statements, the earliest first.

    `allowsMarketing` also follows from what they said about "all", and from STOP. `confirmUrl` is for the customer,
    while the last statement is "pending".
    """

    channel: ChannelName
    topic: str
    allowsMarketing: bool
    statements: list[Statement]
    confirmUrl: NotRequired[str]


class Consents(TypedDict):
    """All that a customer has said. While `stoppedAt` is the later one, STOP counts for what was said before it."""

    customerId: str
    customerKey: str
    data: list[Consent]
    stoppedAt: NotRequired[str]
    startedAt: NotRequired[str]


class Kept(TypedDict):
    """What is kept of an erased customer, why, and until when."""

    what: str
    why: str
    until: str


class Others(TypedDict):
    """What somebody else keeps of an erased customer, and until when."""

    who: str
    what: str
    until: str


class Erasure(TypedDict):
    """How far the erasure of a customer has come, and what it did.

    `waitingFor`: messages that have not ended. `erased` counts what was deleted, by kind. Until `looksAgainAt` late
    events may bring something, which is erased then.
    """

    erasureId: str
    customerKey: str
    state: Literal["stopping", "erasing", "erased", "completed"]
    requestedAt: str
    requestedBy: str
    waitingFor: int
    erasedAt: NotRequired[str]
    looksAgainAt: NotRequired[str]
    completedAt: NotRequired[str]
    erased: dict[str, int]
    kept: list[Kept]
    others: list[Others]


class Erasures(TypedDict):
    """A page of erasures, the latest first; without `next` it is the last."""

    data: list[Erasure]
    next: NotRequired[str]
