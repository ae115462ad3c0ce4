"""Jobs on one thread, and what becomes of the others when one takes long."""

import asyncio
import threading
from datetime import timedelta

import pytest

from local.durable.execution import turn_thread as module
from local.durable.execution.turn_thread import TurnThread


@pytest.fixture
async def turn_thread():
    opened = TurnThread(most=3)
    yield opened
    opened.stop()


class TakesLong:
    """A job that ends when it is told to. `thread` is where it was called."""

    def __init__(self):
        self._released = threading.Event()
        self.thread = threading.current_thread()  # until it is called

    def __call__(self):
        self.thread = threading.current_thread()
        assert self._released.wait(timeout=10)
        return "at last"

    def end(self):
        self._released.set()


async def test_all_jobs_are_called_on_one_thread_and_not_on_the_loops(turn_thread, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", timedelta(minutes=1))  # on a busy machine each of them may take long

    threads = {await turn_thread.call(threading.current_thread) for _ in range(20)}

    assert len(threads) == 1
    assert threading.current_thread() not in threads


async def test_the_loop_stands_still_once_for_all_jobs_of_a_moment(turn_thread):
    rounds = 0

    def count_rounds():
        nonlocal rounds
        rounds += 1
        loop.call_soon(count_rounds)

    loop = asyncio.get_running_loop()
    loop.call_soon(count_rounds)

    seen = await asyncio.gather(*(turn_thread.call(lambda: rounds) for _ in range(3)))

    assert len(set(seen)) == 1


async def test_what_a_job_raises_is_raised_also_when_it_is_no_time_limit_of_ours(turn_thread):
    def fails():
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await turn_thread.call(fails)


async def test_a_job_that_takes_long_holds_up_no_other_and_its_thread_ends_with_it(turn_thread):
    job = TakesLong()
    slow = asyncio.create_task(turn_thread.call(job))
    await asyncio.sleep(0)  # it is called, and given its time

    others = {await turn_thread.call(threading.current_thread) for _ in range(20)}
    job.end()

    assert await slow == "at last"
    assert job.thread not in others
    await asyncio.to_thread(job.thread.join, 10)
    assert not job.thread.is_alive()


async def test_a_job_that_takes_long_holds_up_none_that_came_at_the_same_moment(turn_thread):
    job = TakesLong()
    slow = asyncio.create_task(turn_thread.call(job))

    others = await asyncio.gather(*(turn_thread.call(threading.current_thread) for _ in range(2)))
    assert not slow.done()
    job.end()

    assert await slow == "at last"
    assert job.thread not in others


async def test_a_job_that_has_not_begun_when_it_stops_never_does(turn_thread):
    begun, job = [], TakesLong()
    slow = asyncio.create_task(turn_thread.call(job))
    await asyncio.sleep(0)
    other = asyncio.create_task(turn_thread.call(lambda: begun.append("the other")))
    asyncio.get_running_loop().call_soon(turn_thread.stop)
    await asyncio.sleep(0)

    job.end()

    assert await slow == "at last"
    await asyncio.to_thread(job.thread.join, 10)
    assert begun == []
    other.cancel()


async def test_once_as_many_jobs_take_long_as_may_run_the_others_wait_for_one_to_end(turn_thread):
    jobs = [TakesLong(), TakesLong(), TakesLong()]
    slow = [asyncio.create_task(turn_thread.call(job)) for job in jobs]
    another = asyncio.create_task(turn_thread.call(threading.current_thread))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not another.done()

    jobs[1].end()
    await another

    jobs[0].end()
    jobs[2].end()
    assert await asyncio.gather(*slow) == ["at last"] * 3
