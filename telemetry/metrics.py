"""Metrics; docs/telemetry.md lists them for dashboards and alerts.

Outcomes are counted when records change. Each change is written once, under its etag, so nothing is counted twice,
whatever is repeated.
"""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from opentelemetry.metrics import Histogram, get_meter
from opentelemetry.trace import SpanKind

from domain import clock
from domain.messages.answers import Accepted, Answer
from domain.messages.attempt import Attempt
from domain.messages.message import Message
from telemetry.traces import span, tell_of

CHANNEL, ATTEMPT, STATUS, REASON = "landfall.channel", "landfall.attempt", "landfall.status", "landfall.reason"
ANSWER, EVENT = "landfall.answer", "landfall.event"
CODE = "landfall.code"
CONTAINER, OPERATION = "landfall.container", "landfall.operation"

CALLS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
WAITS = (0.1, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 3 * 24 * 3600)
"""Bounds of buckets in seconds: of calls, which are cut off after 20, and of what people and phones take."""

_meter = get_meter("landfall")

_accepted = _meter.create_counter("landfall.messages.accepted", "{message}", "Messages that were answered 202")
_finished = _meter.create_counter("landfall.messages.finished", "{message}", "Messages that have their outcome")
_stuck = _meter.create_counter("landfall.messages.stuck", "{message}", "Messages that were moved without success")
_left = _meter.create_counter("landfall.messages.left_to_sweeper", "{message}", "Answered, and not started or rung")
_begun = _meter.create_counter("landfall.attempts.begun", "{attempt}", "Attempts; each after the first is a fallback")
_delivered = _meter.create_counter("landfall.attempts.delivered", "{attempt}", "Attempts reported to have arrived")
_failed = _meter.create_counter("landfall.attempts.failed", "{attempt}", "Attempts that failed or ran out of time")
_unreported = _meter.create_counter("landfall.attempts.unreported", "{attempt}", "Attempts that nobody reported on")
_differs = _meter.create_counter(
    "landfall.reports.recipient_differs", "{report}", "Reports that name another recipient"
)
_unknown_code = _meter.create_counter("landfall.reports.unknown_code", "{report}", "Failures with a code new to us")
_unmatched = _meter.create_counter(
    "landfall.events.unmatched", "{event}", "Events that can match nothing, or cannot be read"
)


def _seconds_of(name: str, description: str, buckets: tuple[float, ...] = WAITS) -> Histogram:
    return _meter.create_histogram(name, "s", description, explicit_bucket_boundaries_advisory=buckets)


_duration = _seconds_of("landfall.message.duration", "From acceptance or sendAt to the outcome")
_latency = _seconds_of("landfall.attempt.delivery.duration", "From its beginning to the provider's time of delivery")
_provider = _seconds_of("landfall.provider.duration", "One call of a provider", CALLS)
_delay = _seconds_of("landfall.event.delay", "From an event's own time to its arrival")
_overdue_age = _seconds_of("landfall.messages.overdue.age", "How long the most overdue message has been that")
_overdue = _meter.create_histogram("landfall.messages.overdue", "{message}", "Messages that a sweep found overdue")
_request_units = _meter.create_histogram("landfall.store.request_units", "{request_unit}", "Charges of Cosmos DB")


def message_accepted(message: Message) -> None:
    """Its record is new. Test messages are not counted: their failures must raise no alert."""
    if message.mode != "test":
        _accepted.add(1)
    tell_of(message)


def message_changed(before: Message, after: Message) -> None:
    """Its record was replaced. Test messages are not counted."""
    tell_of(after)
    if after.mode == "test":
        return
    for attempt in after.attempts:
        _attempt_changed(before.attempt(attempt.number), attempt)
    if after.outcome and not before.outcome:
        status = {STATUS: after.outcome.status}
        _finished.add(1, status)
        _duration.record(_seconds(after.send_at or after.created_at, after.finished_at), status)


def _attempt_changed(before: Attempt | None, after: Attempt) -> None:
    channel: dict[str, Any] = {CHANNEL: after.channel}
    if before is None:
        _begun.add(1, {**channel, ATTEMPT: after.number})
    if after.has_bounced and not (before and before.has_bounced):
        _failed.add(1, {**channel, STATUS: "bounced", REASON: after.failure.code if after.failure else ""})
    if before is not None and before.status == after.status:
        return
    if after.has_arrived and not (before and before.delivered_at):
        _delivered.add(1, channel)
        _latency.record(_seconds(after.first_sent_at, after.delivered_at), channel)
    if after.status in ("failed", "timedOut"):
        _failed.add(1, {**channel, STATUS: after.status, REASON: after.reason.code if after.reason else ""})


def attempt_unreported(channel: str) -> None:
    """A provider accepted it, and nobody ever reported what became of it."""
    _unreported.add(1, {CHANNEL: channel})


async def provider_call(channel: str, call: Awaitable[Answer]) -> Answer:
    """Make the call, in a span of its own, and take its real time."""
    with span(f"submit {channel}", {CHANNEL: channel}, SpanKind.CLIENT) as current:
        begun = perf_counter()
        answer = await call
        told = {CHANNEL: channel, ANSWER: type(answer).__name__}
        if not isinstance(answer, Accepted):
            told[REASON] = answer.reason.code
        _provider.record(perf_counter() - begun, told)
        current.set_attributes(told)
        return answer


def event_arrived(kind: str, at: datetime) -> None:
    """`kind` is what it was read as; `at` is the event's own time."""
    _delay.record(_seconds(at, clock.now()), {EVENT: kind})


def recipient_differs(channel: str) -> None:
    """A report names another recipient than its attempt was sent to."""
    _differs.add(1, {CHANNEL: channel})


def code_unknown(channel: str, code: str) -> None:
    """A provider gives a cause of failure that is in no table of ours: a number of at most six digits."""
    _unknown_code.add(1, {CHANNEL: channel, CODE: code})


def event_unmatched(reason: str) -> None:
    _unmatched.add(1, {REASON: reason})


def swept(due_since: list[datetime]) -> None:
    """A sweep found these unfinished messages, which should have been moved at these times.

    These are no gauges, since a worker that no longer sweeps would repeat the last value for ever.
    """
    _overdue.record(len(due_since))
    _overdue_age.record(_seconds(min(due_since, default=None), clock.now()))


def message_is_stuck() -> None:
    _stuck.add(1)


def message_left_to_sweeper() -> None:
    """The request is recorded, and its workflow could not be started or woken immediately."""
    _left.add(1)


def request_charge(container: str, operation: str, request_units: float) -> None:
    _request_units.record(request_units, {CONTAINER: container, OPERATION: operation})


def _seconds(begun: datetime | None, ended: datetime | None) -> float:
    """Never negative, though a provider's clock may be behind ours; 0 where there is nothing to measure."""
    return max((ended - begun) / timedelta(seconds=1), 0) if begun and ended else 0
