"""Versions of workflows, by host.json, by the caller, by a parent; and which of them a host takes."""

import pytest

from local.durable.execution.versions import Match, Versions
from tests.local.durable.platform import deployed, running


@pytest.fixture
async def platform(tmp_path):
    async with running("versioned", tmp_path / "data") as started:
        yield started


async def test_a_workflow_has_the_default_version_of_host_json(platform):
    assert (await platform.run("says_its_version")).output == "2.0"


async def test_a_caller_may_choose_the_version(platform):
    instance = await platform.client.start_new("says_its_version", version="1.5")

    assert (await platform.finished(instance)).output == "1.5"


async def test_a_child_has_the_default_version_unless_its_parent_chooses(platform):
    instance = await platform.client.start_new("asks_two_children", version="1.0")

    assert (await platform.finished(instance)).output == ["1.0", "2.0", "1.9"]


async def test_a_workflow_keeps_its_version_when_it_goes_on_as_new(platform):
    instance = await platform.client.start_new("goes_on_as_new", version="1.0")

    assert (await platform.finished(instance)).output == "1.0"


async def test_a_workflow_keeps_its_version_when_it_is_started_again(platform):
    instance = await platform.client.start_new("says_its_version", version="1.0")
    await platform.finished(instance)

    again = await platform.client.restart(instance)

    assert (await platform.finished(again["id"])).output == "1.0"


@pytest.fixture
def host_with(tmp_path):
    """Run the app with these settings in host.json, always on the same data."""

    return lambda **durable: running(deployed("versioned", tmp_path / "app", **durable), tmp_path / "data")


async def test_a_workflow_of_a_later_version_waits_for_a_host_that_takes_it(host_with):
    async with host_with(defaultVersion="1.0") as old:
        instance = await old.client.start_new("says_its_version", version="2.0")
        await old.until(instance, lambda instance: instance.warning is not None)
        status = await old.get(f"/runtime/webhooks/durabletask/instances/{instance}")

    assert status["runtimeStatus"] == "Pending"
    assert status["warning"].startswith("hangs: its version is '2.0'")
    async with host_with(defaultVersion="2.0") as new:
        assert (await new.finished(instance)).output == "2.0"
        assert "warning" not in await new.get(f"/runtime/webhooks/durabletask/instances/{instance}")


async def test_a_workflow_that_an_older_host_leaves_alone_loses_nothing_of_its_past(host_with):
    async with host_with(defaultVersion="2.0") as new:
        instance = await new.client.start_new("waits")
        await new.until(instance, lambda instance: instance.status == "Running")
    async with host_with(defaultVersion="1.0") as old:
        await old.client.raise_event(instance, "go", "on")
        await old.until(instance, lambda instance: instance.warning is not None)
    async with host_with(defaultVersion="2.0") as newest:
        assert (await newest.finished(instance)).output == "on"


async def test_a_workflow_that_no_host_takes_can_be_terminated(host_with):
    async with host_with(defaultVersion="1.0") as platform:
        instance = await platform.client.start_new("says_its_version", version="2.0")
        await platform.client.terminate(instance, "nobody will")

        assert (await platform.finished(instance)).output == "nobody will"


async def test_a_workflow_of_another_version_fails_if_host_json_says_so(host_with):
    async with host_with(defaultVersion="1.0", versionFailureStrategy="Fail") as platform:
        instance = await platform.client.start_new("says_its_version", version="2.0")
        status = await platform.finished(instance)

    assert (status.runtime_status.name, status.output) == (
        "Failed",
        "Orchestration version did not comply with Worker Versioning",
    )


@pytest.mark.parametrize(
    ("match", "default", "taken", "left"),
    [
        (Match.CURRENT_OR_OLDER, "1.10", ["1.10", "1.9", "1.9.5", "0.1", "", None], ["1.10.0", "1.11", "2.0"]),
        (Match.CURRENT_OR_OLDER, "9", ["9", "10", "8"], ["91"]),  # not compared as numbers: one number is no version
        (Match.CURRENT_OR_OLDER, "2026-01", ["2025-12", "1.0"], ["2026-02", "v1"]),
        (Match.CURRENT_OR_OLDER, None, ["", None], ["1.0"]),
        (Match.STRICT, "1.0", ["1.0"], ["0.9", "1.0.0", "", None]),
        (Match.NONE, "1.0", ["0.9", "9.0", None], []),
    ],
)
def test_which_versions_a_host_takes(match, default, taken, left):
    versions = Versions(default, match)

    assert [version for version in [*taken, *left] if versions.takes(version)] == taken
