"""`python -m bench.telemetry`: what one delivered message pays for telemetry while nobody listens."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from domain.messages.answers import Accepted, Answer
from domain.messages.attempt import Attempt
from domain.messages.message import Content, Message, Outcome, RouteStep
from telemetry import metrics
from telemetry.traces import in_message_trace, message_span, request_span, traceparent

RUNS, MESSAGES = 5, 2000
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROUTE = (RouteStep("sms", timedelta(minutes=5)),)
NEW = Message("message-1", "conversation-1", "d1ge57", "customer-1", NOON, Content(text="Hello"), ROUTE)
BEGUN = NEW.with_attempt(Attempt(1, "sms").begun(NOON, timedelta(minutes=10)))
SENT = BEGUN.with_attempt(BEGUN.attempts[0].raised_to("accepted", NOON))
DELIVERED = SENT.with_attempt(SENT.attempts[0].raised_to("delivered", NOON))
FINISHED = replace(DELIVERED, outcome=Outcome("delivered", "sms", 1), finished_at=NOON)
PAYLOAD: dict[str, object] = {
    "messageId": NEW.id,
    "conversationId": NEW.conversation_id,
    "turn": "turn-1",
    "attempt": 1,
}


async def one_message() -> None:
    """Each call that the app makes for a message that is delivered on its first channel."""
    with request_span("accept message", {}):
        traceparent()
        metrics.message_accepted(NEW)
    await send(payload=PAYLOAD)
    metrics.event_arrived("Report", NOON)
    with message_span("record report", SENT):
        metrics.message_changed(SENT, DELIVERED)
    await take_next_step(payload=PAYLOAD)


@in_message_trace
async def send(payload: dict[str, object]) -> None:  # noqa: ARG001
    metrics.message_changed(NEW, BEGUN)
    await metrics.provider_call("sms", _accepted())
    metrics.message_changed(BEGUN, SENT)


@in_message_trace
async def take_next_step(payload: dict[str, object]) -> None:  # noqa: ARG001
    metrics.message_changed(DELIVERED, FINISHED)


async def _accepted() -> Answer:
    return Accepted("provider-1")


async def _microseconds() -> float:
    begun = perf_counter()
    for _ in range(MESSAGES):
        await one_message()
    return (perf_counter() - begun) / MESSAGES * 1e6


if __name__ == "__main__":
    runs = [asyncio.run(_microseconds()) for _ in range(RUNS)]
    print(f"telemetry: {median(runs):.0f} µs per message (best {min(runs):.0f})")
