"""A channel whose provider hangs uses only its share of a worker; healthy channels are not affected."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from channels import calls
from channels.calls import LONGEST_PAUSE, MOST_CALLS, QUICK_SECONDS, SHORTEST_PAUSE, Calls, later
from domain import clock
from domain.traits import CHANNELS

ROOT = Path(__file__).parents[2]
LEFT_FOR_DECISIONS = 2


@pytest.fixture
def share(monkeypatch):
    """Of a worker that gives up sooner."""
    monkeypatch.setattr(calls, "QUICK_SECONDS", 0.2)
    return Calls().share_of("sms", "+18335550100")


def _soon():
    return clock.now() + timedelta(minutes=1)


async def _call(share, ends, until=None):
    """Whether a call could be made, which then lasts until `ends` is set."""
    async with share.taken(until or _soon()) as is_taken:
        if is_taken:
            await ends.wait()
        return is_taken


async def _hung(share):
    """As many calls as there may be, and the event that ends them."""
    ends = asyncio.Event()
    under_way = [asyncio.create_task(_call(share, ends)) for _ in range(MOST_CALLS)]
    await asyncio.sleep(0)
    return ends, under_way


async def test_a_burst_of_hundreds_waits_in_line_and_nobody_is_told_later(share, monkeypatch):
    monkeypatch.setattr(calls, "QUICK_SECONDS", 40)  # a busy machine makes no provider slow
    at_once, most = 0, 0

    async def quick_call():
        nonlocal at_once, most
        async with share.taken(_soon()) as is_taken:
            at_once += is_taken
            most = max(most, at_once)
            await asyncio.sleep(0.01)
            at_once -= is_taken
        return is_taken

    assert all(await asyncio.gather(*(quick_call() for _ in range(300))))
    assert most == MOST_CALLS


async def test_when_calls_hang_one_waits_in_vain_and_the_next_ones_are_told_at_once(share):
    ends, under_way = await _hung(share)

    assert not await _call(share, ends)
    async with asyncio.timeout(0.1):
        assert not any([await _call(share, ends) for _ in range(100)])

    ends.set()
    assert all(await asyncio.gather(*under_way))


async def test_a_slow_provider_is_called_as_often_as_it_answers_and_nobody_waits_in_line_for_it(share):
    ends, under_way = await _hung(share)
    assert not await _call(share, ends)
    ends.set()
    await asyncio.gather(*under_way)

    ends, _ = await _hung(share)
    async with asyncio.timeout(0.1):
        assert not await _call(share, ends)
    ends.set()


async def test_after_one_quick_call_a_burst_waits_in_line_again(share):
    ends, under_way = await _hung(share)
    assert not await _call(share, ends)
    ends.set()
    await asyncio.gather(*under_way)

    assert await _call(share, ends)

    ends, under_way = await _hung(share)
    waiting = asyncio.create_task(_call(share, ends))
    await asyncio.sleep(0)
    assert not waiting.done()
    ends.set()
    assert await waiting


async def test_nobody_waits_in_line_longer_than_the_attempt_has_time(share):
    ends, _ = await _hung(share)

    async with asyncio.timeout(0.15):
        assert not await _call(share, ends, until=clock.now() + timedelta(milliseconds=20))
    assert not await _call(share, ends, until=clock.now())
    ends.set()


async def test_a_share_is_given_back_whatever_becomes_of_the_call(share):
    async def fails():
        async with share.taken(_soon()) as is_taken:
            assert is_taken
            raise ZeroDivisionError

    for _ in range(2 * MOST_CALLS):
        with pytest.raises(ZeroDivisionError):
            await fails()


async def test_senders_have_a_share_each():
    under_way = Calls()
    shares = {under_way.share_of(channel, sender) for channel in ("sms", "email") for sender in ("12345", "54321")}

    assert len(shares) == 4
    assert under_way.share_of("sms", "12345") in shares


def test_though_all_channels_hang_there_is_room_for_decisions():
    durable = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]

    assert MOST_CALLS * len(CHANNELS) + LEFT_FOR_DECISIONS <= durable["maxConcurrentActivityFunctions"]


def test_who_is_told_later_again_and_again_comes_back_after_pauses_that_double_and_end_at_half_a_minute():
    waited, pauses = timedelta(seconds=QUICK_SECONDS), []
    for _ in range(8):
        answer = later(waited)
        pauses.append(answer.after.total_seconds())
        waited += answer.after

    assert (answer.reason.code, answer.was_asked) == ("unavailable", False)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert later(timedelta()).after == SHORTEST_PAUSE
    assert later(timedelta(days=3)).after == LONGEST_PAUSE
