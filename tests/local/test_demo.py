"""The demo itself, on a platform that it starts."""

import asyncio
from pathlib import Path

import aiohttp

from local import demo, demo_platform
from local.demo import run
from local.demo_platform import Platform, running_platform

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there


def test_the_demo_starts_a_platform_and_sees_all_four_stories_come_true(capfd):
    status = run(NOBODY, NOBODY)

    told = capfd.readouterr().out
    assert status == 0, told
    assert "Silence, then SMS: whatsapp, attempt 1, timedOut (noReport)" in told
    assert "Nothing works     undelivered undelivered" in told


async def test_on_a_running_platform_what_is_not_over_at_the_deadline_is_told(capfd, monkeypatch):
    monkeypatch.setattr(demo, "DEADLINE_SECONDS", 2)  # the silent WhatsApp alone takes 3
    soon = asyncio.get_running_loop().time() + 30

    async with aiohttp.ClientSession() as http, running_platform(http, Platform(NOBODY, NOBODY), soon) as platform:
        status = await asyncio.to_thread(run, platform.url, platform.local_url)

    told = capfd.readouterr().out
    assert status == 1
    assert "Silence, then SMS: it should end delivered, and is sent" in told
    assert "Delivered at once: it should" not in told


def test_a_platform_that_does_not_start_is_told_with_its_last_words(capfd, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(demo_platform, "REPOSITORY", tmp_path)  # where there is nothing to run

    status = run(NOBODY, NOBODY)

    told = capfd.readouterr().out
    assert status == 1
    assert "The platform did not start" in told
    assert "No module named local" in told
