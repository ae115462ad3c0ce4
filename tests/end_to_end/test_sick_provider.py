"""One provider hangs, or the store is unavailable when it has answered: other messages continue, and none is sent
twice.
"""

import sqlite3
import time
from collections import Counter
from datetime import datetime

import pytest

from channels.calls import MOST_CALLS
from tests.stores import CHOSEN

SILENT, EMAIL = "0102", "sick-provider@example.com"


def _at(moment):
    return datetime.fromisoformat(moment)


def _tell(what, **figures):
    shown = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
    print(f"\n{what}: {shown}")  # noqa: T201  # for pytest -s


def _seconds_to_leave(platform, posted):
    """From acceptance until the provider has the message, by channel."""
    effects = {effect["channel"]: effect for effect in platform.ledger()}
    return {
        channel: (_at(effects[channel]["at"]) - _at(platform.message(message_id)["createdAt"])).total_seconds()
        for channel, message_id in posted.items()
    }


def test_while_25_text_messages_hang_an_email_and_a_whatsapp_message_to_others_leave(own_platform):
    own_platform.fault(channel="sms", fault="hold", times=1000)
    texts = [own_platform.post(to={"sms": f"+142555{n:02}{SILENT}"}, channels=["sms"]) for n in range(25)]
    posted = {
        "email": own_platform.post(to={"email": EMAIL}, channels=["email"]),
        "whatsapp": own_platform.post(to={"whatsapp": "+14255550123"}, channels=["whatsapp"]),
    }

    for message_id in posted.values():
        assert own_platform.finished(message_id)["status"] == "delivered"
    seconds = _seconds_to_leave(own_platform, posted)
    _tell("25 text messages hang; seconds until another message leaves", **seconds)
    assert max(seconds.values()) < 5  # about one, on a machine that does nothing else
    assert len(own_platform.ledger()) == MOST_CALLS + 2

    own_platform.release()
    own_platform.until(lambda: len(own_platform.ledger()) == len(texts) + 2, "all text messages leave", seconds=60)
    assert set(Counter(effect["attemptId"] for effect in own_platform.ledger()).values()) == {1}
    tries = [own_platform.message(message_id)["attempts"][0]["tries"] for message_id in texts]
    assert set(tries) <= {0, 1}  # who was told later was not tried; 0 where the answer is not written yet


def test_the_fallback_comes_after_five_seconds_though_the_provider_takes_forty(own_platform):
    own_platform.fault(channel="sms", fault="slow", seconds=40)
    own_platform.fault(channel="whatsapp", fault="slow", seconds=8)
    to = {"sms": f"+1425555{SILENT}", "whatsapp": f"+1425555{SILENT}", "email": EMAIL}
    posted = {
        channel: own_platform.post(to=to, channels=[{"channel": channel, "timeout": "PT5S"}, "email"])
        for channel in ("sms", "whatsapp")
    }

    seconds = {}
    for channel, message_id in posted.items():
        message = own_platform.finished(message_id)
        first, second = message["attempts"]
        assert (message["status"], message["channel"], first["status"]) == ("delivered", "email", "timedOut")
        seconds[channel] = (_at(second["sentAt"]) - _at(first["sentAt"])).total_seconds()
    _tell("a provider hangs; seconds until the fallback", **seconds)
    assert min(seconds.values()) >= 5
    assert max(seconds.values()) < 8

    def late_answer():
        return "providerMessageId" in own_platform.message(posted["whatsapp"])["attempts"][0]

    own_platform.until(late_answer, "the answer that came after eight seconds is in the record")
    assert set(Counter(effect["attemptId"] for effect in own_platform.ledger()).values()) == {1}


def test_killed_while_a_call_hangs_that_nobody_waits_for_its_delivery_still_counts(own_platform):
    own_platform.fault(channel="sms", fault="hold")
    to = {"sms": f"+1425555{SILENT}", "email": "silent@example.com"}
    message_id = own_platform.post(to=to, channels=[{"channel": "sms", "timeout": "PT1S"}, "email"])
    own_platform.waiting(message_id)  # for a report of the fallback

    own_platform.restart()
    [held] = [effect for effect in own_platform.ledger() if effect["channel"] == "sms"]
    report = {"channel": "sms", "status": "Delivered", "attemptId": held["attemptId"]}
    assert own_platform.call("POST", f"{own_platform.local_url}/local/receipts", report).status < 300

    message = own_platform.finished(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "sms")
    assert [attempt["tries"] for attempt in message["attempts"]] == [1, 1]


@pytest.mark.skipif(CHOSEN != "sqlite", reason="locks the store's file")
def test_a_store_that_is_away_when_the_provider_answers_is_waited_for_and_the_provider_not_called_again(own_platform):
    own_platform.fault(channel="sms", fault="hold")
    message_id = own_platform.post(to={"sms": f"+1425555{SILENT}"}, channels=["sms"])
    own_platform.until(own_platform.ledger, "the provider has executed the call")
    store = sqlite3.connect(own_platform.data / "landfall.db", isolation_level=None)
    store.execute("BEGIN IMMEDIATE")

    own_platform.release()
    began = time.monotonic()
    customer = {"contactPoints": {"email": EMAIL}}
    while time.monotonic() - began < 12:
        assert own_platform.call("PUT", "/api/customers/customer-123", customer).status == 503
    store.execute("ROLLBACK")
    store.close()
    away = time.monotonic() - began
    own_platform.waiting(message_id)

    _tell("a store that is away", away=away, recorded=time.monotonic() - began)
    [attempt] = own_platform.message(message_id)["attempts"]
    assert (attempt["status"], attempt["tries"]) == ("accepted", 1)
