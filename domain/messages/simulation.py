"""What becomes of a test message: no provider is called, the address decides."""

import re

from domain.customers.addresses import normalised
from domain.messages.answers import Accepted, Answer
from domain.messages.attempt import Attempt, Reason, Receipt
from domain.messages.message import Message

ENDINGS = {"0101": "failed", "0102": "silent"}
"""How a phone number ends that is not delivered to. Of an email address the name before `+` or `@` says so itself."""


def simulated_answer(attempt: Attempt) -> Answer:
    """Every provider takes every message."""
    return Accepted(f"test-{attempt.channel}-{attempt.number}")


def simulated_reports(message: Message, attempt: Attempt) -> tuple[Receipt, ...]:
    """The delivery report, which comes with the answer; none for a silent address."""
    address = normalised(attempt.channel, attempt.to)
    outcome = ENDINGS.get(address[-4:]) or re.split("[+@]", address)[0]
    if outcome == "silent":
        return ()
    at = attempt.first_sent_at or message.created_at
    if outcome == "failed":
        return (Receipt(attempt.number, "failed", at, Reason("rejected", "A test address that always fails.")),)
    return (Receipt(attempt.number, "delivered", at),)
