"""The demo's messages, their expected results, and the checks. No network here."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

Json = dict[str, Any]

ORDINARY = "+14255550170"
"""A number that no page uses, since after the demo it belongs to a customer of the demo."""

OUTCOMES = {"delivered", "read", "undelivered", "notSent", "expired", "cancelled", "refused"}


@dataclass(frozen=True)
class Says:
    """What the customer writes, so many seconds after the message was posted."""

    after: float
    channel: str
    number: str
    text: str


@dataclass(frozen=True)
class Story:
    """One message: the body of its POST, and the (channel, status) of each attempt that it should take.

    `before`: requests that come before it: method, path and body. `text` is in no other message, so that the ledger's
    rows of this one are found by it.
    """

    title: str
    text: str
    body: Json
    outcome: str
    attempts: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, str, Json], ...] = ()
    says: Says | None = None


def stories_of(run: str) -> list[Story]:
    """Five messages with different results. `run` distinguishes this run from others on the same platform."""
    stopping = f"+1{200_000 + crc32(run.encode()) % 800_000}0102"  # silent, and no other run's: STOP stays
    return [
        _story(
            f"{run}-1",
            "Delivered at once",
            channels=["sms"],
            to={"sms": ORDINARY},
            outcome="delivered",
            attempts=[("sms", "delivered")],
        ),
        _story(
            f"{run}-2",
            "Silence, then SMS",
            channels=[{"channel": "whatsapp", "timeout": "PT3S"}, "sms"],
            to={"whatsapp": "+14255550102", "sms": ORDINARY},
            outcome="delivered",
            attempts=[("whatsapp", "timedOut"), ("sms", "delivered")],
        ),
        _story(
            f"{run}-3",
            "Third time lucky",
            channels=["email", "sms", "whatsapp"],
            to={"email": "failed@example.com", "sms": "+14255550104", "whatsapp": "+14255550110"},
            outcome="delivered",
            attempts=[("email", "failed"), ("sms", "failed"), ("whatsapp", "delivered")],
        ),
        _story(
            f"{run}-4",
            "Nothing works",
            channels=["whatsapp", "sms", "email"],
            to={"whatsapp": "+14255550101", "sms": "+14255550101", "email": "failed@example.com"},
            outcome="undelivered",
            attempts=[("whatsapp", "failed"), ("sms", "failed"), ("email", "failed")],
        ),
        _with_stop(
            _story(
                f"{run}-5",
                "STOP on the way",
                channels=[{"channel": "whatsapp", "timeout": "PT3S"}, "email"],
                to={"whatsapp": stopping, "email": "ada@example.com"},
                outcome="undelivered",
                attempts=[("whatsapp", "timedOut")],
            ),
            stopping,
        ),
    ]


def _with_stop(story: Story, number: str) -> Story:
    """Marketing that the customer agreed to. While it waits for a report on WhatsApp, they write STOP by SMS: then no
    email follows.
    """
    path = f"/api/customers/{story.body['customerId']}"
    agreed: Json = {"state": "granted", "evidence": {"source": "the demo"}}
    on_file: Json = {"contactPoints": {"sms": number}}
    consents = [("PUT", f"{path}/consents/{channel}/all", agreed) for channel in ("whatsapp", "email")]
    before = (("PUT", path, on_file), *consents)
    body = {**story.body, "category": "marketing"}
    return replace(story, body=body, before=before, says=Says(1, "sms", number, "STOP"))


def _story(
    name: str,
    title: str,
    *,
    channels: list[str | Json],
    to: dict[str, str],
    outcome: str,
    attempts: list[tuple[str, str]],
) -> Story:
    text = f"Your parcel {name} is on its way"
    body = {"customerId": f"demo-{name}", "message": text, "channels": channels, "to": to}
    return Story(title, text, body, outcome, tuple(attempts))


@dataclass(frozen=True)
class Sighting:
    """When an attempt was first seen in a status, in seconds since the message was posted."""

    seconds: float
    attempt: int
    channel: str
    status: str
    reason: str | None


def new_sightings(message: Json, seen: list[Sighting], seconds: float) -> list[Sighting]:
    """What this answer of `GET /api/messages/{messageId}` shows that the ones before did not."""
    known = {(sighting.attempt, sighting.status) for sighting in seen}
    return [
        Sighting(seconds, attempt["attempt"], attempt["channel"], attempt["status"], _reason(attempt))
        for attempt in message["attempts"]
        if (attempt["attempt"], attempt["status"]) not in known
    ]


def is_over(message: Json | None) -> bool:
    return message is not None and message["status"] in OUTCOMES


def effects_of(story: Story, ledger: list[Json]) -> list[Json]:
    """The rows of `GET /local/ledger` that the customer of this story noticed."""
    return [row for row in ledger if story.text in str(row["content"])]


def faults(story: Story, message: Json | None, ledger: list[Json]) -> list[str]:
    """Every deviation from the expected result, as text. `message` as its GET shows it."""
    if message is None:
        return ["it was never accepted"]
    return [*_wrong_outcome(story, message), *_wrong_attempts(story, message), *_wrong_effects(story, message, ledger)]


def _wrong_outcome(story: Story, message: Json) -> list[str]:
    if _is_as_expected(story.outcome, message["status"]):
        return []
    return [f"it should end {story.outcome}, and is {message['status']}"]


def _wrong_attempts(story: Story, message: Json) -> list[str]:
    actual = [(attempt["channel"], attempt["status"]) for attempt in message["attempts"]]
    pairs = zip(story.attempts, actual, strict=False)
    if len(actual) == len(story.attempts) and all(
        channel == expected_channel and _is_as_expected(expected_status, status)
        for (expected_channel, expected_status), (channel, status) in pairs
    ):
        return []
    return [f"its attempts should be {_in_words(story.attempts)}, and are {_in_words(actual)}"]


def _wrong_effects(story: Story, message: Json, ledger: list[Json]) -> list[str]:
    """One row for each attempt that a provider accepted, and so named; a refused one left nothing behind."""
    named = Counter(attempt.get("providerMessageId") for attempt in message["attempts"])
    del named[None]
    noticed = Counter(row["providerMessageId"] for row in effects_of(story, ledger))
    channels = {attempt.get("providerMessageId"): attempt["channel"] for attempt in message["attempts"]}
    return [
        f"the ledger should show {named[name]} of {channels.get(name, 'no attempt')} {name}, and shows {noticed[name]}"
        for name in named | noticed
        if named[name] != noticed[name]
    ]


def _is_as_expected(expected: str, actual: str) -> bool:
    return actual == expected or (expected, actual) == ("delivered", "read")  # what was read has been delivered


def _reason(attempt: Json) -> str | None:
    reason = attempt.get("reason")
    return reason["code"] if reason else None


def _in_words(attempts: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{channel} {status}" for channel, status in attempts) or "none"
