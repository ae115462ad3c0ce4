"""`kill -9` of everything, at bad moments: every message ends, and no customer notices an attempt twice."""

import random
from collections import Counter

import pytest

CHANNELS = {"sms": "+14255590123", "email": "restart@example.com", "whatsapp": "+14255590123"}


def _effects(platform):
    return Counter(effect["attemptId"] for effect in platform.ledger())


def test_killed_while_a_message_waits_it_goes_on_to_the_next_channel(own_platform):
    silent = {"channel": "sms", "timeout": "PT3S"}
    message_id = own_platform.post(to={"sms": "+14255590102", "email": "a@example.com"}, channels=[silent, "email"])
    own_platform.waiting(message_id)

    own_platform.restart()

    message = own_platform.finished(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "email")
    assert sorted(_effects(own_platform).values()) == [1, 1]


@pytest.mark.parametrize("channel", CHANNELS)
def test_killed_between_the_providers_call_and_the_record_nobody_gets_it_twice(own_platform, channel):
    own_platform.fault(channel=channel, fault="hold")
    message_id = own_platform.post(to=CHANNELS, channels=[channel])
    own_platform.until(own_platform.ledger, "the provider has executed the call, and keeps its answer back")
    [attempt] = own_platform.message(message_id)["attempts"]
    assert attempt["status"] in ("sending", "delivered")  # the report may be there already, the answer is not

    own_platform.restart()

    message = own_platform.finished(message_id)
    [attempt] = message["attempts"]
    assert message["status"] == "delivered"
    assert attempt["tries"] in (1, 2)  # 1 where the report came before the repetition, on a busy machine
    assert list(_effects(own_platform).values()) == [1]


def test_killed_between_two_tries_the_message_is_still_sent(own_platform):
    own_platform.fault(channel="sms", fault="unavailable", times=3)
    message_id = own_platform.post(to=CHANNELS, channels=["sms"])
    own_platform.until(lambda: own_platform.message(message_id)["attempts"], "the first try")

    own_platform.restart()

    message = own_platform.finished(message_id)
    assert message["status"] == "delivered"
    assert list(_effects(own_platform).values()) == [1]


def test_killed_again_and_again_under_load_nothing_is_lost_and_nothing_doubled(own_platform):
    chance = random.Random(20261122)
    endings = ["0123", "0101", "0102", "0104", "0106", "0109"]
    posted = []
    for _ in range(4):
        for _ in range(8):
            to = {"sms": f"+1425559{chance.choice(endings)}", "whatsapp": f"+1425559{chance.choice(endings)}"}
            steps = [{"channel": channel, "timeout": "PT2S"} for channel in chance.sample(sorted(to), 2)]
            posted.append(own_platform.post(to=to, channels=steps))
        own_platform.until(lambda: chance.random() < 0.05, "a moment passes")
        own_platform.restart()

    for message_id in posted:
        message = own_platform.finished(message_id, seconds=30)
        assert message["status"] in ("delivered", "undelivered")
    effects = _effects(own_platform)
    assert effects
    assert set(effects.values()) == {1}
