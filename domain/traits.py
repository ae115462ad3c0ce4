"""The traits of the channels: a row for each. Every rule about a channel follows from its row."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

AddressKind = Literal["phoneNumber", "emailAddress"]


@dataclass(frozen=True)
class Traits:
    """`label` is what customers call it.

    `default_timeout`: how long a delivery report is waited for, unless the caller says otherwise. Longer than Event
    Grid's pauses: a report that is not taken comes again after 10 s, 30 s, 1 min and 5 min, in all within 8 min 20 s.
    With less, a store that is unavailable for a few minutes would cause a second message after one that arrived.

    `reports`: which of "sent", "delivered" and "read" we are told of. `longest_text`: in characters, where a plain text
    is all that the channel carries. `window`: how long after a customer last wrote we may send free text; None without
    such a rule. `may_bounce`: "delivered" means that a server has taken the message for its recipient, so that it may
    come back later. Elsewhere it has reached the phone, and a failure that is reported later is no news.
    `carriers_answer`: carriers may answer STOP and START before we do. `has_segments`: a text is charged by its parts.
    """

    label: str
    address: AddressKind
    default_timeout: timedelta
    reports: frozenset[str]
    longest_text: int | None = None
    window: timedelta | None = None
    may_bounce: bool = False
    carriers_answer: bool = False
    has_segments: bool = False


TRAITS = {
    "whatsapp": Traits(
        label="WhatsApp",
        address="phoneNumber",
        default_timeout=timedelta(minutes=10),
        reports=frozenset({"sent", "delivered", "read"}),
        longest_text=4096,  # Meta
        window=timedelta(hours=24),  # Meta
    ),
    "sms": Traits(
        label="Text message",
        carriers_answer=True,
        has_segments=True,
        address="phoneNumber",
        default_timeout=timedelta(minutes=10),
        reports=frozenset({"delivered"}),
        longest_text=2048,  # Communication Services
    ),
    "email": Traits(
        label="Email",
        address="emailAddress",
        default_timeout=timedelta(minutes=15),  # reports of Communication Services commonly take 5 to 10 minutes
        reports=frozenset({"delivered", "read"}),
        may_bounce=True,
    ),
}
CHANNELS = tuple(TRAITS)
"""Every channel there is, in the order that is taken when neither the caller nor the customer names one."""


def takes_email_addresses(channel: str) -> bool:
    """Also for the channel of a reply that came by a way that we do not know: whatever it is, it is no email."""
    return channel in TRAITS and TRAITS[channel].address == "emailAddress"


def window_of(channel: str) -> timedelta | None:
    """The window of a channel, also for one that we do not know, which has none."""
    return TRAITS[channel].window if channel in TRAITS else None
