"""Every activity is killed at every step and run again, as the host does: the customer gets one message."""

import asyncio
from itertools import count

import pytest

from domain.identities import attempt_id
from tests.actions.bench import Killed

CHANNELS = ("sms", "email", "whatsapp")
numbers = count(2000)


async def _operations_of_a_send(bench, channel):
    message = await bench.accepted(channels=[channel], to=_somebody_new(channel))
    bench.documents.operations.clear()
    await bench.send(message, channel)
    return len(bench.documents.operations)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_send_killed_at_any_step_and_run_again_is_one_message(bench, channel):
    steps = await _operations_of_a_send(bench, channel)
    assert steps >= 5
    for number in range(steps):
        for moment in ("before", "after"):
            to = _somebody_new(channel)  # who is written to for the first time, which takes the most steps
            message = await bench.accepted(channels=[channel], id=_uuid(number, moment), to=to)
            with bench.documents.dying(number, moment), pytest.raises(Killed):
                await bench.send(message, channel)

            step = await bench.send(message, channel)

            [attempt] = (await bench.record(message)).attempts
            assert (step["kind"], attempt.status) == ("wait", "accepted"), (number, moment)
            assert (await bench.effects()).count(attempt_id(message.id, 1)) == 1, (number, moment)
            assert await bench.send(message, channel) == step  # and once more, after its turn is decided


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_send_that_runs_twice_at_once_is_one_message_and_both_say_the_same(bench, channel):
    message = await bench.accepted(channels=[channel])

    steps = await asyncio.gather(bench.send(message, channel), bench.send(message, channel))

    assert steps[0] == steps[1]
    assert await bench.effects() == [attempt_id(message.id, 1)]
    [attempt] = (await bench.record(message)).attempts
    assert attempt.status == "accepted"


async def test_a_look_killed_at_any_step_and_run_again_decides_once(bench):
    message = await bench.accepted(channels=["sms"])
    step = await bench.look(message, turn_number=1)
    bench.documents.operations.clear()
    await bench.look(message, turn_number=2)
    for number in range(len(bench.documents.operations)):
        for moment in ("before", "after"):
            with bench.documents.dying(number, moment), pytest.raises(Killed):
                await bench.look(message, turn_number=3 + 2 * number + (moment == "after"))
            assert await bench.look(message, turn_number=3 + 2 * number + (moment == "after")) == step


def _somebody_new(channel):
    number = next(numbers)
    return {channel: f"ada-{number}@example.com" if channel == "email" else f"+1425555{number}"}


def _uuid(number, moment):
    return f"8a9d8b3c-7f7c-4c39-9f0d-{'0' if moment == 'before' else '1'}{number:011}"
