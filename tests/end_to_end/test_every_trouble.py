"""Faults, repetitions and wrong order of every kind: each message arrives, and nobody gets it twice."""

import asyncio
import logging
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count, product
from random import Random

import pytest

from channels.calls import MOST_CALLS
from domain.clock import to_text
from tests.end_to_end.troubles import Story, Troubles
from tests.platform import a_platform
from tests.stores import CHOSEN, is_troubled

CHANNELS = ("sms", "whatsapp", "email")
NEXT = {"sms": "email", "whatsapp": "sms", "email": "whatsapp"}
LAST_DIGITS = {
    "ordinary": "0123",
    "failed": "0101",
    "silent": "0102",
    "messy": "0107",
    "early": "0108",
    "dropped": "0109",
}
PLOTS = [*product(CHANNELS, LAST_DIGITS), *product(CHANNELS, ["hung"])]
RUNS = ("again", "both at once", "a superseded call follows")
NUMBERS = count()
TIMEOUT, HANGS = timedelta(seconds=30), timedelta(seconds=40)
"""Of a channel whose provider hangs, and how long it does: before any sweeper looks."""


def a_story(channel, behaviour, **troubles):
    """A message to a customer of its own; what fails or is never reported on the first channel arrives by the next.

    "hung": silent, and what the provider answers is known when that channel's time is over.
    """
    number = next(NUMBERS)
    hangs = HANGS if behaviour == "hung" else timedelta()
    behaviours = {channel: "silent" if hangs else behaviour, NEXT[channel]: "ordinary"}
    to = {name: _address(name, how, number) for name, how in behaviours.items()}
    arrives_by = NEXT[channel] if behaviour in ("failed", "silent", "hung") else channel
    return Story(f"story-{number}-{channel}-{behaviour}", to, arrives_by, hangs=hangs, **troubles)


def _address(channel, behaviour, number):
    return f"{behaviour}+{number}@example.com" if channel == "email" else f"+1{number + 200000}{LAST_DIGITS[behaviour]}"


@asynccontextmanager
async def a_troubled_platform(directory, stories, **trouble):
    """Where each message has been accepted; at the end half an hour passes, and what became of them is judged."""
    troubles = Troubles(stories, **trouble)
    async with a_platform(directory, troubles.between) as platform:
        troubles.begin(platform)
        await asyncio.gather(*(_accepted(platform, story) for story in stories))
        yield platform
        await platform.advance(minutes=30)
        effects = Counter(effect["attemptId"] for effect in await platform.ledger())
        assert set(effects.values()) == {1}, "somebody got it twice"
        for story in stories:
            _judge(story, await platform.message(story.message_id))


async def told(directory, stories, **trouble):
    """Nothing but what the stories themselves say."""
    async with a_troubled_platform(directory, stories, **trouble):
        pass


async def _accepted(platform, story):
    first, *others = story.to
    route = [{"channel": first, "timeout": f"PT{TIMEOUT.seconds}S"} if story.hangs else first, *others]
    body = {"customerId": story.key, "message": "Hello", "to": story.to, "channels": route}
    while True:
        answer = await platform.call("POST", "/api/messages", body, {"Idempotency-Key": story.key})
        if answer.status == 202:
            return
        assert answer.status in (500, 503), answer.body


def _judge(story, message):
    assert (message["status"], message["channel"]) == ("delivered", story.arrives_by), (story, message)
    assert len(message["attempts"]) == (1 if story.arrives_by == message["attempts"][0]["channel"] else 2), story
    settled_by = to_text(story.reported_at + timedelta(seconds=5))
    assert message["finishedAt"] <= settled_by, (story, message)


@pytest.fixture(autouse=True)
def _quiet(caplog):
    """Hundreds of executions fail here, as they are told to."""
    caplog.set_level(logging.CRITICAL, "host.functions")


PLACES = [("sms", "failed"), ("whatsapp", "failed"), ("email", "dropped"), ("sms", "hung"), ("whatsapp", "hung")]


# On another store one of them will do: that differs in what it answers, not in where an activity may die.
@pytest.mark.parametrize("how", ["before", "after", "fault"] if CHOSEN == "sqlite" else ["after"])
@pytest.mark.parametrize(("channel", "behaviour"), PLACES)
async def test_killed_once_at_any_operation_a_message_arrives_once(tmp_path, channel, behaviour, how):
    repeated = 12 if is_troubled() else 0  # by those who have read an old version
    operations = range((25 if behaviour == "dropped" else 40) + repeated)
    stories = [a_story(channel, behaviour, dies_at={number: how}) for number in operations]

    at_once = MOST_CALLS if behaviour == "hung" else len(stories)  # more that hang would be told later
    for first in operations[::at_once]:
        await told(tmp_path / str(first), stories[first : first + at_once])

    assert stories[-1].operations < len(operations), "one that is never killed shows that all places were tried"


async def test_a_delivery_reported_too_early_counts_though_the_sender_died_before_it_was_recorded(tmp_path):
    stories = [a_story("whatsapp", "early", dies_at={number: "fault"}) for number in range(24)]

    async with a_troubled_platform(tmp_path, stories) as platform:
        await platform.advance(seconds=1)
        for effect in await platform.ledger():
            await platform.report("whatsapp", "Sent", providerMessageId=effect["providerMessageId"])


@pytest.mark.parametrize("runs", RUNS)
async def test_activities_that_run_twice_send_once(tmp_path, runs):
    await told(tmp_path, [a_story(*plot, runs=runs) for plot in PLOTS])


async def test_events_that_come_twice_and_in_any_order_tell_the_same(tmp_path):
    await told(tmp_path, [a_story(*plot) for plot in PLOTS], events_twice=True)


@pytest.mark.parametrize(("seed", "turns_of_a_run"), [(0, 50), (1, 50), (2, 2), (3, 3)])
async def test_all_troubles_together_lose_nothing_and_double_nothing(tmp_path, monkeypatch, seed, turns_of_a_run):
    monkeypatch.setattr("orchestrators.waiting.TURNS_OF_A_RUN", turns_of_a_run)
    chance = Random(seed)
    stories = [
        a_story(
            *chance.choice(PLOTS),
            runs=chance.choice(("once", *RUNS)),
            dies_at=dict(zip(chance.sample(range(50), 3), ("before", "after", "fault"), strict=True)),
        )
        for _ in range(30)
    ]
    await told(tmp_path, stories, events_twice=True)
