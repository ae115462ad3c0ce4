"""Every behaviour of the providers, on every channel, side by side on one platform."""

from collections import Counter
from itertools import product

import pytest

CHANNELS = ("sms", "whatsapp", "email")
LAST_DIGITS = {
    "failed": "0101",
    "silent": "0102",
    "rejected": "0104",
    "throttled": "0105",
    "flaky": "0106",
    "dropped": "0109",
}
NEXT = {"sms": "email", "whatsapp": "sms", "email": "sms"}


def _address(behaviour: str, channel: str) -> str:
    return (
        f"{behaviour}+fallback@example.com" if channel == "email" else f"+1425557{LAST_DIGITS.get(behaviour, '0123')}"
    )


@pytest.fixture(scope="module")
def messages(platform):
    """All of them posted first, so that their waits run side by side: (behaviour, channel) → message id."""
    posted = {}
    for behaviour, channel in product(LAST_DIGITS, CHANNELS):
        # patient enough for the repetitions of throttled and flaky, which pause for 1 and 2 s
        step = {"channel": channel, "timeout": "PT1S" if behaviour == "silent" else "PT30S"}
        to = {channel: _address(behaviour, channel), NEXT[channel]: _address("any", NEXT[channel])}
        posted[behaviour, channel] = platform.post(to=to, channels=[step, NEXT[channel]])
    return posted


@pytest.fixture(scope="module")
def effects(platform, messages):
    """Rows of the ledger by attempt id, when all messages have ended."""
    for message_id in messages.values():
        platform.finished(message_id)
    return Counter(effect["attemptId"] for effect in platform.ledger())


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ("failed", "failed", None),
        ("rejected", "failed", "rejected"),
        ("silent", "timedOut", "noDeliveryReceipt"),
    ],
)
def test_a_channel_that_fails_gives_way_to_the_next(platform, messages, behaviour, status, code, channel):
    message = platform.finished(messages[behaviour, channel])

    first, second = message["attempts"]
    assert (message["status"], message["channel"]) == ("delivered", NEXT[channel])
    assert (first["channel"], first["status"]) == (channel, status)
    assert code is None or first["reason"]["code"] == code
    assert (second["channel"], second["status"], second["duplicate"]) == (NEXT[channel], "delivered", False)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("behaviour", "tries"), [("throttled", 3), ("flaky", 3), ("dropped", 2)])
def test_a_provider_in_trouble_is_asked_again_and_delivers_once(platform, messages, behaviour, tries, channel):
    message = platform.finished(messages[behaviour, channel])

    [attempt] = message["attempts"]
    assert (message["status"], message["channel"]) == ("delivered", channel)
    # the report of a dropped call may come before its repetition, and then there is none
    assert attempt["tries"] == tries or (behaviour == "dropped" and attempt["tries"] == 1)


def test_no_customer_notices_an_attempt_twice(effects):
    assert effects
    assert set(effects.values()) == {1}


def test_when_all_channels_fail_the_message_is_undelivered(platform):
    message = platform.finished(
        platform.post(to={"sms": "+14255580101", "email": "failed+all@example.com"}, channels=["sms", "email"])
    )

    assert (message["status"], message["channel"]) == ("undelivered", None)
    assert [attempt["status"] for attempt in message["attempts"]] == ["failed", "failed"]


def test_a_channel_without_an_address_is_named_as_skipped(platform):
    message = platform.finished(platform.post(to={"sms": "+14255550123"}, channels=["whatsapp", "sms"]))

    [skipped] = message["skipped"]
    assert (skipped["channel"], skipped["reason"]["code"]) == ("whatsapp", "noAddress")
    assert [attempt["attempt"] for attempt in message["attempts"]] == [1]
