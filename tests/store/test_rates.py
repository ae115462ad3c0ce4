import asyncio
from datetime import timedelta

import pytest

from store.rates import Rates
from tests.intercepted import Intercepted


@pytest.fixture(autouse=True)
def at_noon(move_clock):
    return move_clock


async def granted(rates: Rates, requests: int, per_minute: int, caller: str = "shop") -> int:
    waits = await asyncio.gather(*(rates.take(caller, "requests", per_minute) for _ in range(requests)))
    return waits.count(None)


async def test_a_caller_gets_what_a_minute_allows_and_is_told_when_the_next_one_begins(documents, at_noon):
    rates = Rates(documents)
    at_noon(timedelta(seconds=20))

    assert [await rates.take("shop", "requests", 3) for _ in range(4)] == [None, None, None, timedelta(seconds=40)]

    at_noon(timedelta(seconds=60))
    assert await rates.take("shop", "requests", 3) is None


async def test_all_workers_together_grant_no_more_than_a_minute_allows(documents):
    workers = [Rates(documents) for _ in range(4)]

    counts = await asyncio.gather(*(granted(worker, 100, per_minute=120) for worker in workers))

    assert sum(counts) == 120


async def test_each_caller_and_each_kind_is_counted_apart(documents):
    rates = Rates(documents)

    assert await granted(rates, 5, per_minute=2) == 2
    assert await granted(rates, 5, per_minute=2, caller="bank") == 2
    assert await rates.take("shop", "sends", 2) is None


async def test_a_store_operation_serves_a_second_of_requests(documents):
    asked = 0

    async def counted(name, call):
        nonlocal asked
        asked += 1
        return await call()

    rates = Rates(Intercepted(documents, counted))

    assert [await rates.take("shop", "requests", 6000) for _ in range(100)] == [None] * 100
    assert asked == 2  # a read and a write
