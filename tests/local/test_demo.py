"""The demo itself, on a platform that it starts."""

import asyncio
from pathlib import Path

import aiohttp

from local import demo, demo_platform
from local.demo import run
from local.demo_platform import running_platform
from local.serving import Serving

NOBODY = Serving(9, 9)  # the discard port: nothing listens there


def test_the_demo_starts_a_platform_and_sees_all_its_stories_come_true(capfd, tmp_path):
    status = run(NOBODY.port, NOBODY.local_port, tmp_path)

    told = capfd.readouterr().out
    assert status == 0, told
    assert "Silence, then SMS: whatsapp, attempt 1, timedOut (noDeliveryReceipt)" in told
    assert "Nothing works     undelivered undelivered" in told
    assert "STOP on the way   undelivered undelivered" in told
    assert "22:00    Through the night: accepted, held until 08:00 (quietHours)" in told
    assert "08:01    Through the night: delivered" in told
    assert "The demo uses a platform of its own" in told


async def test_on_a_running_platform_what_is_not_over_at_the_deadline_is_told(capfd, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "DEADLINE_SECONDS", 2)  # the silent WhatsApp alone takes 3
    soon = asyncio.get_running_loop().time() + 30

    async with aiohttp.ClientSession() as http, running_platform(http, [NOBODY], soon) as platform:
        platform.tell(tmp_path)
        status = await asyncio.to_thread(run, None, None, tmp_path)

    told = capfd.readouterr().out
    assert status == 1
    assert f"The demo uses the platform that runs: {platform.url}" in told
    assert "Silence, then SMS: it should end delivered, and is sent" in told
    assert "Delivered at once: it should" not in told


def test_a_platform_that_does_not_start_is_told_with_its_last_words(capfd, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(demo_platform, "REPOSITORY", tmp_path)  # where there is nothing to run

    status = run(NOBODY.port, NOBODY.local_port, tmp_path)

    told = capfd.readouterr().out
    assert status == 1
    assert "The platform did not start" in told
    assert "No module named local" in told
