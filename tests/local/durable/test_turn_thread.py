"""Jobs on one thread, and what becomes of the others when one takes long."""

import asyncio
import threading

import pytest

from local.durable.turn_thread import TurnThread


@pytest.fixture
async def turn_thread():
    opened = TurnThread(most=3)
    yield opened
    opened.stop()


class Calls:
    """Jobs that write down on which thread they were called."""

    def __init__(self):
        self.threads = []

    async def on(self, turn_thread, count):
        """Submit so many, and wait for the last."""
        done = threading.Event()
        for _ in range(count):
            turn_thread.submit(lambda: self.threads.append(threading.current_thread()))
        turn_thread.submit(done.set)
        assert await asyncio.to_thread(done.wait, 10)


class Stuck:
    """A job that takes long."""

    def __init__(self):
        self._begun, self._released = threading.Event(), threading.Event()
        self.thread = threading.current_thread()  # until it is called

    def __call__(self):
        self.thread = threading.current_thread()
        self._begun.set()
        assert self._released.wait(timeout=10)

    async def begun(self):
        assert await asyncio.to_thread(self._begun.wait, 10)

    def release(self):
        self._released.set()

    async def end(self):
        self.release()
        await asyncio.to_thread(self.thread.join, 10)


async def test_all_jobs_are_called_on_one_thread(turn_thread):
    calls = Calls()
    await calls.on(turn_thread, 20)
    await calls.on(turn_thread, 20)

    assert len(calls.threads) == 40
    assert len(set(calls.threads)) == 1


async def test_a_job_that_takes_long_holds_up_no_other_and_its_thread_ends_with_it(turn_thread):
    stuck, calls = Stuck(), Calls()
    turn_thread.submit(stuck)
    await stuck.begun()

    await calls.on(turn_thread, 20)
    await stuck.end()

    assert stuck.thread not in calls.threads
    assert not stuck.thread.is_alive()
    assert len(set(calls.threads)) == 1


async def test_once_as_many_jobs_take_long_as_there_may_be_threads_the_others_wait(turn_thread):
    all_stuck, calls = [Stuck(), Stuck(), Stuck()], Calls()
    for stuck in all_stuck:
        turn_thread.submit(stuck)
        await stuck.begun()

    waiting = asyncio.create_task(calls.on(turn_thread, 1))
    await asyncio.wait([waiting], timeout=0.5)  # long enough for two more looks
    assert not calls.threads
    for stuck in all_stuck:
        stuck.release()
    await waiting

    assert len(calls.threads) == 1
