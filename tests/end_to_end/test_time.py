"""Everything that takes time, in virtual time: a month passes in a moment, always in the same way."""

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest

from domain.clock import from_text, to_text
from tests.platform import MORNING, a_platform
from tests.stores import is_troubled

CHANNELS = ("sms", "whatsapp", "email")
NEXT = {"sms": "email", "whatsapp": "sms", "email": "sms"}
LAST_DIGITS = {
    "silent": "0102",
    "late": "0103",
    "throttled": "0105",
    "flaky": "0106",
    "messy": "0107",
    "early": "0108",
    "read": "0110",
}
on_every_channel = pytest.mark.parametrize("channel", CHANNELS)


def address(channel, behaviour="ordinary"):
    return f"{behaviour}@example.com" if channel == "email" else f"+1425555{LAST_DIGITS.get(behaviour, '0123')}"


def step(channel, **timeout):
    return {"channel": channel, "timeout": f"PT{timedelta(**timeout).total_seconds():g}S"}


@pytest.fixture
async def platform(tmp_path):
    """Whatever a test does with it: no customer may have noticed an attempt twice."""
    async with a_platform(tmp_path) as platform:
        yield platform
        effects = Counter(effect["attemptId"] for effect in await platform.ledger())
        assert set(effects.values()) <= {1}


def seconds(moment):
    return (from_text(moment) - MORNING).total_seconds()


# a report comes late


@on_every_channel
async def test_a_late_success_of_the_first_channel_makes_the_one_under_way_a_duplicate(platform, channel):
    to = {channel: address(channel, "late"), NEXT[channel]: address(NEXT[channel], "silent")}
    message_id = await platform.post(to=to, channels=[step(channel, seconds=5), step(NEXT[channel], minutes=5)])

    await platform.advance(seconds=9)
    assert (await platform.message(message_id))["status"] == "sent"
    await platform.advance(seconds=1)

    message = await platform.message(message_id)
    first, second = message["attempts"]
    assert (message["status"], message["channel"]) == ("delivered", channel)
    assert (first["status"], first["duplicate"], seconds(first["deliveredAt"])) == ("delivered", False, 10)
    assert (second["status"], second["duplicate"]) == ("accepted", True)
    assert (await platform.workflow(message_id))["runtimeStatus"] == "Completed"


@on_every_channel
async def test_the_earlier_of_two_successes_speaks_for_the_message(platform, channel):
    to = {channel: address(channel, "late"), NEXT[channel]: address(NEXT[channel])}
    message_id = await platform.post(to=to, channels=[step(channel, seconds=5), NEXT[channel]])

    await platform.advance(seconds=20)

    message = await platform.message(message_id)
    first, second = message["attempts"]
    assert (message["status"], message["channel"]) == ("delivered", NEXT[channel])
    assert (first["status"], first["duplicate"]) == ("delivered", True)
    assert (second["status"], second["duplicate"]) == ("delivered", False)


@on_every_channel
async def test_a_late_success_prevents_what_has_not_begun(platform, channel):
    second, third = (other for other in CHANNELS if other != channel)
    to = {channel: address(channel, "late"), second: address(second, "silent"), third: address(third)}
    message_id = await platform.post(to=to, channels=[step(channel, seconds=4), step(second, seconds=8), third])

    await platform.advance(hours=1)

    message = await platform.message(message_id)
    assert (message["status"], message["channel"]) == ("delivered", channel)
    assert [attempt["channel"] for attempt in message["attempts"]] == [channel, second]


@on_every_channel
async def test_who_is_patient_enough_needs_no_second_channel(platform, channel):
    to = {channel: address(channel, "late"), NEXT[channel]: address(NEXT[channel])}
    message_id = await platform.post(to=to, channels=[step(channel, seconds=15), NEXT[channel]])

    await platform.advance(minutes=1)

    message = await platform.message(message_id)
    assert (message["status"], len(message["attempts"])) == ("delivered", 1)
    assert seconds(message["finishedAt"]) == 10


# reports come early, doubled, in the wrong order, and after the end


@pytest.mark.parametrize(("channel", "behaviour"), [*product(CHANNELS, ("early", "messy"))])
async def test_reports_in_whatever_order_deliver_it_once(platform, channel, behaviour):
    to = {channel: address(channel, behaviour), NEXT[channel]: address(NEXT[channel])}
    message_id = await platform.post(to=to, channels=[channel, NEXT[channel]])

    await platform.advance(minutes=1)

    message = await platform.message(message_id)
    [attempt] = message["attempts"]
    assert (message["status"], attempt["status"], attempt["tries"]) == ("delivered", "delivered", 1)
    assert seconds(message["finishedAt"]) < 1


@pytest.mark.parametrize(
    ("channel", "status", "published"),
    [("sms", "delivered", "delivered"), ("whatsapp", "read", "read"), ("email", "read", "read")],
)
async def test_what_is_read_after_the_end_is_told(platform, channel, status, published):
    message_id = await platform.post(to={channel: address(channel, "read")}, channels=[channel])

    await platform.advance(minutes=1)

    message = await platform.message(message_id)
    assert (message["status"], message["attempts"][0]["status"]) == (status, status)
    assert (await platform.workflow(message_id))["output"]["status"] == "delivered"
    assert (await platform.published(message_id))[-1]["data"]["status"] == published


@pytest.mark.parametrize("channel", ["whatsapp", "email"])
async def test_a_leg_that_asks_for_it_to_be_read_waits_for_that(platform, channel):
    to = {channel: address(channel, "read")}
    message_id = await platform.post(to=to, channels=[{"channel": channel, "confirm": "read"}])

    await platform.advance(minutes=1)

    assert (await platform.workflow(message_id))["output"]["status"] == "read"


# timeout, sendAt and expiresAt


@on_every_channel
async def test_a_silent_channel_has_three_days_if_it_is_given_them(platform, channel):
    to = {channel: address(channel, "silent"), NEXT[channel]: address(NEXT[channel])}
    message_id = await platform.post(to=to, channels=[step(channel, hours=72), NEXT[channel]])

    await platform.advance(hours=71, minutes=59, seconds=59)
    waiting = await platform.message(message_id)
    await platform.advance(seconds=2)

    message = await platform.message(message_id)
    assert (waiting["status"], len(waiting["attempts"])) == ("sent", 1)
    assert (message["status"], message["channel"]) == ("delivered", NEXT[channel])
    assert (message["attempts"][0]["status"], message["attempts"][0]["reason"]["code"]) == (
        "timedOut",
        "noDeliveryReceipt",
    )


@pytest.mark.skipif(is_troubled(), reason="the sweeper asks every minute, and each trouble takes a moment that is real")
async def test_a_message_for_in_twenty_days_leaves_in_twenty_days(platform):
    send_at = MORNING + timedelta(days=20)
    message_id = await platform.post(to={"sms": address("sms")}, channels=["sms"], sendAt=to_text(send_at))

    await platform.advance(days=19, hours=23)
    assert (await platform.message(message_id))["status"] == "scheduled"
    assert await platform.ledger() == []
    await platform.advance(hours=2)

    [effect] = await platform.ledger()
    assert effect["at"] == to_text(send_at)
    assert (await platform.message(message_id))["status"] == "delivered"


@on_every_channel
async def test_no_channel_begins_after_the_message_has_expired(platform, channel):
    to = {channel: address(channel, "silent"), NEXT[channel]: address(NEXT[channel])}
    expires_at = to_text(MORNING + timedelta(hours=1))
    message_id = await platform.post(to=to, channels=[step(channel, hours=2), NEXT[channel]], expiresAt=expires_at)

    await platform.advance(hours=5)

    message = await platform.message(message_id)
    assert (message["status"], message["finishedAt"], len(message["attempts"])) == ("expired", expires_at, 1)


# a provider in trouble


@on_every_channel
@pytest.mark.parametrize("behaviour", ["throttled", "flaky"])
async def test_a_provider_in_trouble_is_asked_again_after_a_pause(platform, channel, behaviour):
    message_id = await platform.post(to={channel: address(channel, behaviour)}, channels=[channel])

    await platform.settled()
    refused = await platform.message(message_id)
    await platform.advance(minutes=1)

    [attempt] = refused["attempts"]
    assert (attempt["status"], attempt["tries"]) == ("sending", 1)
    [effect] = await platform.ledger()
    message = await platform.message(message_id)
    assert 2 <= seconds(effect["at"]) <= 10
    assert (message["status"], message["attempts"][0]["tries"]) == ("delivered", 3)


@on_every_channel
async def test_while_an_answer_is_kept_back_time_passes_for_everybody_else(platform, channel):
    await platform.fault(channel=channel, fault="slow", seconds=90)
    slow = await platform.post(to={channel: address(channel, "silent")}, channels=[step(channel, minutes=10)])
    await platform.advance(seconds=30)
    assert (await platform.message(slow))["attempts"][0]["status"] == "sending"

    other = await platform.post(to={NEXT[channel]: address(NEXT[channel])}, channels=[NEXT[channel]])
    await platform.advance(seconds=30)
    assert (await platform.message(other))["status"] == "delivered"
    await platform.advance(minutes=1)

    assert (await platform.message(slow))["attempts"][0]["status"] == "accepted"


@on_every_channel
@pytest.mark.parametrize("fault", ["slow", "hold"])
async def test_the_fallback_comes_on_time_though_the_provider_keeps_its_answer_back(platform, channel, fault):
    await platform.fault(channel=channel, fault=fault, seconds=40)
    to = {channel: address(channel, "silent"), NEXT[channel]: address(NEXT[channel], "silent")}
    message_id = await platform.post(to=to, channels=[step(channel, seconds=5), step(NEXT[channel], minutes=5)])

    await platform.advance(seconds=6)
    first, second = (await platform.message(message_id))["attempts"]
    assert (first["status"], first["reason"]["code"], "providerMessageId" in first) == ("timedOut", "noAnswer", False)
    assert (second["status"], seconds(second["sentAt"])) == ("accepted", pytest.approx(5, abs=0.001))
    await platform.advance(seconds=35)
    await platform.release()
    await platform.settled()

    first, second = (await platform.message(message_id))["attempts"]
    assert (first["status"], first["tries"], "providerMessageId" in first) == ("timedOut", 1, True)
    assert second["status"] == "accepted"
    assert len(await platform.ledger()) == 2


@on_every_channel
async def test_a_call_that_hangs_when_the_deadline_comes_does_not_keep_the_message_open(platform, channel):
    await platform.fault(channel=channel, fault="hold")
    expires_at = to_text(MORNING + timedelta(seconds=30))
    message_id = await platform.post(
        to={channel: address(channel, "silent")}, channels=[step(channel, minutes=5)], expiresAt=expires_at
    )

    await platform.advance(seconds=31)

    message = await platform.message(message_id)
    assert (message["status"], message["finishedAt"]) == ("expired", expires_at)
    assert (await platform.workflow(message_id))["runtimeStatus"] == "Completed"


@on_every_channel
async def test_after_a_restart_a_late_answer_is_lost_and_its_delivery_still_counts(platform, channel):
    await platform.fault(channel=channel, fault="hold")
    to = {channel: address(channel, "silent"), NEXT[channel]: address(NEXT[channel], "silent")}
    message_id = await platform.post(to=to, channels=[step(channel, seconds=5), step(NEXT[channel], minutes=5)])
    await platform.advance(seconds=6)
    held = next(effect for effect in await platform.ledger() if effect["channel"] == channel)

    await platform.restart()
    if channel != "whatsapp":  # whose reports know nothing but what the answer would have told
        await platform.report(channel, "Delivered", attemptId=held["attemptId"])
    await platform.advance(minutes=5)

    message = await platform.message(message_id)
    assert message["status"] == ("undelivered" if channel == "whatsapp" else "delivered")
    assert [attempt["tries"] for attempt in message["attempts"]] == [1, 1]


# Event Grid in trouble


@on_every_channel
async def test_a_report_that_event_grid_brings_late_still_counts(platform, channel):
    await platform.fault(fault="delivery", times=6 if channel == "whatsapp" else 3)
    to = {channel: address(channel), NEXT[channel]: address(NEXT[channel], "silent")}
    message_id = await platform.post(to=to, channels=[step(channel, minutes=1), step(NEXT[channel], minutes=5)])

    await platform.advance(seconds=90)
    assert (await platform.message(message_id))["status"] == "sent"
    await platform.advance(seconds=20)

    message = await platform.message(message_id)
    first, second = message["attempts"]
    assert (message["status"], message["channel"]) == ("delivered", channel)
    assert seconds(first["deliveredAt"]) < 1
    assert seconds(message["finishedAt"]) == pytest.approx(100.05)  # 10, 30 and 60 s after the failures
    assert second["duplicate"]


async def test_what_event_grid_cannot_deliver_for_a_day_is_among_the_dead_letters(platform):
    await platform.fault(fault="delivery", times=30)
    message_id = await platform.post(to={"sms": address("sms")}, channels=["sms"])

    await platform.advance(hours=23)
    assert platform.dead_letters() == []
    await platform.advance(hours=25)

    [letter] = platform.dead_letters()
    assert (letter["deadLetterReason"], letter["deliveryAttempts"]) == ("TimeToLiveExceeded", 11)
    assert (await platform.message(message_id))["status"] == "undelivered"


# the app is not always there


async def test_a_restart_loses_no_time_and_no_message(platform):
    to = {"sms": address("sms", "silent"), "email": address("email")}
    message_id = await platform.post(to=to, channels=[step("sms", hours=10), "email"])
    await platform.advance(hours=4)

    await platform.restart()

    await platform.advance(hours=5)
    assert len((await platform.message(message_id))["attempts"]) == 1
    await platform.advance(hours=2)
    message = await platform.message(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "email")
    assert seconds(message["finishedAt"]) == pytest.approx(36000, abs=1)


@on_every_channel
async def test_a_restart_while_a_provider_keeps_its_answer_back_sends_nothing_twice(platform, channel):
    await platform.fault(channel=channel, fault="hold")
    message_id = await platform.post(to={channel: address(channel, "silent")}, channels=[channel])
    await platform.advance(seconds=2)
    assert (await platform.message(message_id))["attempts"][0]["status"] == "sending"

    await platform.restart()
    await platform.advance(seconds=2)

    [attempt] = (await platform.message(message_id))["attempts"]
    assert (attempt["status"], attempt["tries"]) == ("accepted", 2)
    assert len(await platform.ledger()) == 1


async def test_a_silent_provider_may_report_by_hand(platform):
    message_id = await platform.post(to={"sms": address("sms", "silent")}, channels=["sms"])
    await platform.settled()
    [effect] = await platform.ledger()

    await platform.report("sms", "Delivered", attemptId=effect["attemptId"])
    await platform.settled()

    assert (await platform.message(message_id))["status"] == "delivered"
