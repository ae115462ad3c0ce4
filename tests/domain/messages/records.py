"""Records for tests: short to write, right in every field that the test does not name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.customers.customer import Customer
from domain.identities import digest
from domain.messages.attempt import Attempt, Reason
from domain.messages.message import Content, Message, RouteStep

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADDRESSES = {"whatsapp": "+14255550123", "sms": "+14255550123", "email": "ada@example.com"}
ADA = Customer(id=digest("customer-123"), external_id="customer-123", contact_points=ADDRESSES)
TIMEOUT = timedelta(minutes=5)


def a_message(channels=("whatsapp", "sms", "email"), **fields) -> Message:
    """A message accepted at noon, with a timeout of five minutes on each channel."""
    route = tuple(step if isinstance(step, RouteStep) else RouteStep(step, TIMEOUT) for step in channels)
    usual = {"id": "8a9d8b3c-7f7c-4c39-9f0d-0f0f0f0f0f0f", "content": Content(text="Your parcel is here")}
    known = {**usual, "created_at": NOON, **fields}
    return Message(
        conversation_id="conv-456",
        customer_id=ADA.id,
        external_customer_id=ADA.external_id,
        route=route,
        **known,
    )


def with_attempt(message: Message, channel: str, status: str = "accepted", at: datetime = NOON, **fields) -> Message:
    """The message with one more attempt, begun at `at` and since then come to `status`."""
    number = len(message.attempts) + 1
    attempt = Attempt(number, channel, ADDRESSES[channel]).begun(at, repeat_window=10 * MINUTE)
    reason = Reason("noDeliveryReceipt", "…") if status == "timedOut" else None
    return message.with_attempt(replace(attempt.raised_to(status, at, reason), **fields))
