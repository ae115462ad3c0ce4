"""The bodies of responses about who may be written to, field by field."""

from typing import Literal, NotRequired  # pydantic reads those of `typing` from Python 3.12 on only

from typing_extensions import TypedDict

from domain.customers.suppression import SuppressionReason
from triggers.http.requests.fields import ChannelName

Category = Literal["transactional", "marketing", "authentication"]


class Suppression(TypedDict):
    """Why an address is not written to, since `at`: with any message, or with those of `categories`.

    `isOver`: it has expired or was lifted. `source` is "reply", "report", or the caller who said so.
    """

    channel: ChannelName
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
