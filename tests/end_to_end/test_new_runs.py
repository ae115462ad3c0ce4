"""A workflow with many turns continues in a new run, without an effect for the customer or the caller."""

import asyncio
from collections import Counter

import pytest

from tests.local.durable.dying_disk import DyingDisk
from tests.platform import a_platform

COMMITS = 20
"""More than the engine makes for the message below after its first."""


@pytest.fixture
def short_runs(monkeypatch):
    """As short as they can be: a look and what it asks for."""
    monkeypatch.setattr("orchestrators.waiting.TURNS_OF_A_RUN", 2)


async def test_a_provider_that_fails_for_hours_makes_neither_many_calls_nor_a_long_history(tmp_path):
    async with a_platform(tmp_path) as platform:
        await platform.fault(channel="sms", fault="unavailable", times=10_000)
        channels = [{"channel": "sms", "timeout": "PT72H"}]
        message_id = await platform.post(to={"sms": "+14255550123"}, channels=channels)

        await platform.advance(hours=8)

        [attempt] = (await platform.message(message_id))["attempts"]
        assert 35 < attempt["tries"] < 45
        assert len(platform.host.client.engine.storage.history(message_id)) < 600
        assert (await platform.workflow(message_id))["customStatus"]["status"] == "sending"
        await platform.release()
        await platform.advance(minutes=15)
        assert (await platform.message(message_id))["status"] == "delivered"


@pytest.mark.parametrize("is_last_committed", [False, True])
@pytest.mark.parametrize("commits", range(1, COMMITS + 1))
async def test_killed_at_any_commit_around_a_change_of_runs_a_message_arrives_once(
    tmp_path, short_runs, commits, is_last_committed
):
    async with a_platform(tmp_path) as platform:
        await platform.fault(channel="sms", fault="unavailable", times=1)
        message_id = await platform.post(to={"sms": "+14255550123"}, channels=["sms"])
        disk = DyingDisk(platform.host.client.engine.storage, commits, is_last_committed)
        passes = asyncio.create_task(platform.advance(minutes=5))
        died = asyncio.create_task(disk.died.wait())
        await asyncio.wait([passes, died], return_when=asyncio.FIRST_COMPLETED)
        assert commits < COMMITS or not disk.died.is_set(), "one that is never killed shows that all places were tried"
        for task in (passes, died):
            task.cancel()
        await asyncio.gather(passes, died, return_exceptions=True)

        await platform.restart()
        await platform.advance(minutes=5)

        message = await platform.message(message_id)
        assert (message["status"], len(message["attempts"])) == ("delivered", 1)
        effects = Counter(effect["attemptId"] for effect in await platform.ledger())
        assert set(effects.values()) == {1}
        assert (await platform.workflow(message_id))["output"]["status"] == "delivered"
