"""An activity that ends the process: five times, and then it has failed. And calls that a restart cuts short."""

import subprocess
import sys

from local.durable.persistence.under_way import UnderWay
from tests.local.durable.platform import APPS, running

HOST = """
import asyncio, sys
from pathlib import Path
from tests.local.durable.platform import running

async def main():
    async with running("poison", Path(sys.argv[1])) as platform:
        if sys.argv[2] == "first":
            await platform.client.start_new("careless", "mine")
        await asyncio.Event().wait()

asyncio.run(main())
"""


def end_a_process(data, which):
    root = APPS.parent.parent
    return subprocess.run([sys.executable, "-c", HOST, str(data), which], cwd=root, timeout=20, check=False).returncode


async def test_an_activity_that_ends_the_process_is_given_up_and_listed(tmp_path):
    data = tmp_path / "data"
    assert [end_a_process(data, which) for which in ("first", *["again"] * 4)] == [3] * 5

    async with running("poison", data) as platform:
        error, rest = (await platform.finished("mine")).output
        listed = await platform.get("/durabletask/poisonActivities")
        await platform.client.purge_instance_history("mine")
        after_the_purge = await platform.get("/durabletask/poisonActivities")

    assert "'ends_the_process' failed:  the process ended 5 times while it ran" in error
    assert rest == "nothing"
    assert [(it["instanceId"], it["name"], it["input"]) for it in listed] == [
        ("mine", "ends_the_process", {"number": 7})
    ]
    assert after_the_purge == []


def test_what_was_under_way_at_a_crash_is_known_once(tmp_path):
    before = UnderWay(tmp_path / "calls", places=3)
    with before.marked(7):
        pass
    with before.marked(8), before.marked(300):
        after = UnderWay(tmp_path / "calls", places=3)

    assert sorted(after.left_by_a_crash) == [8, 300]
    assert UnderWay(tmp_path / "calls", places=3).left_by_a_crash == []


def test_what_is_cut_short_by_a_stop_in_good_order_is_no_crash(tmp_path):
    before = UnderWay(tmp_path / "calls", places=3)
    with before.marked(7):
        before.close()

    assert UnderWay(tmp_path / "calls", places=3).left_by_a_crash == []
