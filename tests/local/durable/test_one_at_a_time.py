"""Work by key, one at a time for each key."""

from local.clock import Clock
from local.durable.one_at_a_time import OneAtATime


async def test_who_is_woken_after_the_stop_is_no_work_that_time_would_wait_for():
    clock = Clock()

    async def handle(key):
        raise AssertionError(key)

    lane = OneAtATime(handle, 1, clock, "turn")
    await lane.stop()
    lane.wake("mine")

    assert clock.work.total == 0
