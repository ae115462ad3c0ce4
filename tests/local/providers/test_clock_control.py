"""Moving time by the control API."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from local.providers.server import Providers
from local.virtual_time import Timeline, VirtualClock
from tests.local.providers.clients import Clients

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def clients(tmp_path):
    """Of stand-ins in virtual time, alone."""
    clock = VirtualClock(NOON)
    providers = Providers(tmp_path, clock, Timeline(clock))
    await providers.start()
    async with Clients(providers.url) as clients:
        yield clients
    await providers.stop()


@pytest.mark.parametrize(
    ("duration", "length"),
    [
        ("PT5M", timedelta(minutes=5)),
        ("PT72H", timedelta(hours=72)),
        ("P2DT3H4M5.5S", timedelta(days=2, hours=3, minutes=4, seconds=5.5)),
        ("P1W", timedelta(weeks=1)),
        ("PT0S", timedelta()),
    ],
)
async def test_time_is_advanced_by_a_duration(clients, duration, length):
    status, answer = await clients.post("/local/clock", {"advance": duration})

    assert (status, datetime.fromisoformat(answer["now"])) == (200, NOON + length)
    assert await clients.get("/local/clock") == {**answer, "clock": "virtual"}


@pytest.mark.parametrize("moment", ["2027-03-02T12:00:00Z", "2027-03-02T14:00:00+02:00"])
async def test_time_is_advanced_until_a_moment(clients, moment):
    assert await clients.post("/local/clock", {"until": moment}) == (200, {"now": "2027-03-02T12:00:00.000000Z"})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"advance": "5 minutes"}, "advance is a duration"),
        ({"advance": "P"}, "advance is a duration"),
        ({"advance": "PT"}, "advance is a duration"),
        ({"advance": "P1Y"}, "advance is a duration"),
        ({"advance": "-PT5M"}, "advance is a duration"),
        ({"advance": "P9999999999D"}, "advance is a duration"),
        ({"advance": 5}, "advance is required"),
        ({"until": "tomorrow"}, "until is a time"),
        ({"until": "2027-03-01T11:59:59Z"}, "Time does not go back"),
        ({}, "until is required"),
    ],
)
async def test_what_is_no_time_is_refused_and_moves_nothing(clients, body, words):
    status, answer = await clients.post("/local/clock", body)

    assert (status, words in answer["error"]) == (400, True), answer
    assert (await clients.get("/local/clock"))["now"] == "2027-03-01T12:00:00.000000Z"


async def test_lengths_that_are_asked_for_at_once_add_up(clients):
    answers = await asyncio.gather(*(clients.post("/local/clock", {"advance": "PT5M"}) for _ in range(10)))

    assert [status for status, _ in answers] == [200] * 10
    assert (await clients.get("/local/clock"))["now"] == "2027-03-01T12:50:00.000000Z"
