"""Links by which customers say what they want: one in every marketing email, and one to confirm what they asked for.

They hold no address and no name: the customer and the address stand in them encrypted, and they are signed. They do not
expire, since an email is kept for years; they count as long as the key that signed them is listed in SIGNING_KEYS.
"""

import re
from dataclasses import dataclass
from typing import Literal

from domain.customers.consent import ALL, TOPIC
from domain.customers.customer import Customer
from domain.messages.message import Message
from domain.traits import CHANNELS
from services import Services
from store.address_rows import address_digest

Purpose = Literal["preferences", "confirmations"]
"""The route of the link, and what its signature is good for."""

PLACE = rf"(?P<channel>{'|'.join(CHANNELS)})\.(?P<topic>{TOPIC.pattern})"
TOKEN = re.compile(
    rf"(?P<subject>(?P<customer>ck_\w+)\.(?P<address>ck_\w+|)\.{PLACE})\.(?P<mac>[0-9]+\.[\w-]+)", re.ASCII
)


@dataclass(frozen=True)
class PreferenceLink:
    """To whom a message went, by which channel, and what it was about. `address`: the digest that names its row; empty
    where no message went yet.
    """

    customer_id: str
    channel: str
    topic: str
    address: str = ""

    @classmethod
    def of(cls, message: Message, channel: str, address: str) -> "PreferenceLink":
        return cls(message.customer_id, channel, message.topic or ALL, address_digest(channel, address))


def url_of(services: Services, purpose: Purpose, link: PreferenceLink) -> str | None:
    """None where it is not known under which URL the app is reached."""
    base = services.settings.base_url
    customer, address = (services.customer_keys.key_of(it) if it else "" for it in (link.customer_id, link.address))
    subject = f"{customer}.{address}.{link.channel}.{link.topic}"
    return f"{base}/api/{purpose}/{subject}.{services.signing_keys.token(purpose, subject)}" if base else None


def link_in(services: Services, purpose: Purpose, token: str) -> PreferenceLink | None:
    """None for a token that is none of ours, or for another purpose."""
    found = TOKEN.fullmatch(token)
    if not found or not services.signing_keys.verify(found["mac"], purpose, found["subject"]):
        return None
    customer_id = services.customer_keys.customer_id_of(found["customer"])
    address = services.customer_keys.customer_id_of(found["address"]) or ""
    return PreferenceLink(customer_id, found["channel"], found["topic"], address) if customer_id else None


def topics_of(customer: Customer | None, link: PreferenceLink) -> dict[tuple[str, str], bool]:
    """Whether they want it, by channel and topic: what they ever said something about, and what the link is about."""
    known = {tuple(key.split("/")) for key in (customer.consents if customer else ())} | {(link.channel, link.topic)}
    return {
        (channel, topic): bool(customer and customer.has_agreed(channel, topic)) for channel, topic in sorted(known)
    }
