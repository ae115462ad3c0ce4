"""The store is unavailable when the provider has answered: the provider is not called again."""

import asyncio

import pytest

from domain.errors import StoreUnavailable
from domain.identities import attempt_id

on_every_channel = pytest.mark.parametrize("channel", ["sms", "email", "whatsapp"])


@pytest.fixture
def quickly(monkeypatch):
    """Writes are repeated after shorter pauses."""
    monkeypatch.setattr("actions.turn.PAUSES_SECONDS", (0.001,))


async def _called(bench, message, channel):
    """A send whose provider is just asked."""
    bench.answers.may_go.clear()
    sending = asyncio.create_task(bench.send(message, channel))
    await bench.answers.called.acquire()
    return sending


@on_every_channel
@pytest.mark.parametrize("operations", [1, 40])
@pytest.mark.usefixtures("quickly")
async def test_while_the_store_is_away_a_provider_that_has_answered_is_not_called_again(bench, channel, operations):
    message = await bench.accepted(channels=[channel])
    sending = await _called(bench, message, channel)
    bench.documents.is_away = operations
    bench.answers.may_go.set()

    step = await sending

    [attempt] = (await bench.record(message)).attempts
    assert (step["kind"], attempt.status, attempt.tries, bench.answers.calls) == ("wait", "accepted", 1, 1)


@pytest.mark.usefixtures("quickly")
async def test_a_store_that_stays_away_fails_the_activity_which_is_then_repeated_under_the_same_id(bench, monkeypatch):
    monkeypatch.setattr("actions.turn.INSISTS_SECONDS", 0.01)
    message = await bench.accepted(channels=["sms"])
    sending = await _called(bench, message, "sms")
    bench.documents.is_away = 100_000
    bench.answers.may_go.set()
    with pytest.raises(StoreUnavailable):
        await sending
    bench.documents.is_away = 0

    await bench.send(message, "sms")

    [attempt] = (await bench.record(message)).attempts
    assert (attempt.status, attempt.tries) == ("accepted", 2)
    assert await bench.effects() == [attempt_id(message.id, 1)]
