"""When the clock of a zone changes, the timers continue as usual."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.platform import a_platform

EDGES = [
    ("Europe/Paris", datetime(2030, 3, 31, 1, tzinfo=UTC)),
    ("Europe/Paris", datetime(2030, 10, 27, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2030, 11, 3, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2030, 4, 6, 15, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "edge"), EDGES)
async def test_no_timer_of_ours_stands_still_when_the_clock_is_changed(zone, edge, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "host.functions")
    monkeypatch.setenv("WEBSITE_TIME_ZONE", zone)
    monkeypatch.setattr("tests.platform.MORNING", edge - timedelta(minutes=75))
    monkeypatch.setattr("local.virtual_time.QUIET", timedelta.max)  # each one is heard
    async with a_platform(tmp_path) as platform:
        timers = [function.name for function in platform.host.app.of_kind("timerTrigger")]
        for _ in range(5):
            caplog.clear()
            await platform.advance(minutes=30)
            runs = {name: caplog.text.count(f"Executed 'Functions.{name}' (Succeeded") for name in timers}
            assert (runs["sweeper"], runs["housekeeper"]) == (30, 3)
            assert all(runs.values())
