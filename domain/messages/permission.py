"""Why a message may not go to a person whom it could reach."""

from dataclasses import replace
from datetime import datetime

from domain.clock import to_text
from domain.customers.caps import counting
from domain.customers.consent import ALL
from domain.customers.customer import Customer
from domain.customers.suppression import Suppression
from domain.messages.attempt import Reason
from domain.messages.message import Message
from domain.messages.rules import Rules

ERASED = Reason("erased", "The customer was erased, and is not written to.")
UNCLEAR = Reason("mayBeStop", "The customer wrote something that may be meant as STOP. A person has to read it.")


def depends_on_the_customer(message: Message) -> bool:
    """Whether what a customer has said may forbid this message: marketing, and what is about a topic."""
    return message.category == "marketing" or (message.category == "transactional" and message.topic is not None)


def why_forbidden(
    message: Message, customer: Customer | None, channel: str, now: datetime, rules: Rules
) -> Reason | None:
    """By the customer's consent, then by a cap. One-time codes need none, and are not counted."""
    if message.category == "authentication":
        return None
    topic = message.topic or ALL
    if message.category != "marketing":
        is_declined = message.topic is not None and customer is not None and customer.has_declined(channel, topic)
        return _unwanted(channel, topic) if is_declined else None
    agreed = customer.has_agreed(channel, topic) if customer else None
    if customer is None or agreed is None:
        return Reason("noConsent", f"The customer has not agreed to marketing by {channel} about {_named(topic)}.")
    if not agreed:
        return _unwanted(channel, topic)
    if customer.is_unclear:
        return UNCLEAR
    for cap in rules.caps:
        if cap.is_reached(customer.sends, message.id, now):
            within = f"PT{cap.within.total_seconds():g}S"
            return Reason("frequencyCap", f"{cap.most} marketing messages within {within} are the most for a customer.")
    return None


def counted(message: Message, customer: Customer, now: datetime, rules: Rules) -> Customer:
    """The customer with this message among those they were sent. Safe to repeat."""
    return replace(customer, sends=counting(customer.sends, rules.caps, message.id, now))


def _unwanted(channel: str, topic: str) -> Reason:
    return Reason("optedOut", f"The customer wants nothing by {channel} about {_named(topic)}.")


def _named(topic: str) -> str:
    return "anything" if topic == ALL else topic


def why_suppressed(suppression: Suppression) -> Reason:
    """With its evidence: what was said, and when."""
    at = to_text(suppression.at) if suppression.at else ""
    match suppression.reason:
        case "stop":
            return Reason("optedOut", f"The customer wrote STOP from this address, {at}.")
        case "carrier":
            return Reason("optedOut", f"The customer has told the provider to stop, {at}.")
        case "complaint":
            return Reason("suppressed", f"A message to this address was reported as spam, {at}.")
        case "hardBounce":
            return Reason("suppressed", f"The address bounced, {at}.")
        case "manual":
            return Reason("suppressed", f"The address was put on the list of suppressed ones, {at}.")
