"""What a function raises to end the process, or whatever it runs in, ends the function alone."""

import pytest

from tests.local.durable.platform import running


@pytest.fixture
async def platform(tmp_path):
    async with running("endings", tmp_path / "data") as started:
        yield started


@pytest.mark.parametrize(
    ("activity", "end"),
    [
        ("in_a_thread", "SystemExit"),
        ("in_a_thread", "KeyboardInterrupt"),
        ("in_a_thread", "CancelledError"),
        ("in_a_thread", "StopIteration"),
        ("on_the_loop", "SystemExit"),
        ("on_the_loop", "KeyboardInterrupt"),
        ("on_the_loop", "CancelledError"),
    ],
)
async def test_an_activity_that_would_end_the_process_has_only_failed(platform, activity, end):
    output = (await platform.run("calls", {"activity": activity, "end": end})).output

    assert output.startswith(f"Activity function '{activity}' failed:  RuntimeError: {end}: ")
    assert (await platform.run("calls", {"activity": "in_a_thread", "end": "none"})).runtime_status.name == "Completed"


async def test_an_orchestrator_that_would_end_the_process_has_only_failed(platform):
    status = await platform.run("exits")

    assert status.output == "Orchestrator function 'exits' failed: RuntimeError: SystemExit: 3"
