"""Versions of workflows, by host.json, by the caller, by a parent."""

import pytest

from tests.local.durable.platform import running


@pytest.fixture
async def platform(tmp_path):
    async with running("versioned", tmp_path / "data") as started:
        yield started


async def test_a_workflow_has_the_default_version_of_host_json(platform):
    assert (await platform.run("says_its_version")).output == "2.0"


async def test_a_caller_may_choose_the_version(platform):
    instance = await platform.client.start_new("says_its_version", version="3.1")

    assert (await platform.finished(instance)).output == "3.1"


async def test_a_child_has_the_default_version_unless_its_parent_chooses(platform):
    instance = await platform.client.start_new("asks_two_children", version="1.0")

    assert (await platform.finished(instance)).output == ["1.0", "2.0", "9.9"]


async def test_a_workflow_keeps_its_version_when_it_goes_on_as_new(platform):
    instance = await platform.client.start_new("goes_on_as_new", version="1.0")

    assert (await platform.finished(instance)).output == "1.0"


async def test_a_workflow_keeps_its_version_when_it_is_started_again(platform):
    instance = await platform.client.start_new("says_its_version", version="1.0")
    await platform.finished(instance)

    again = await platform.client.restart(instance)

    assert (await platform.finished(again["id"])).output == "1.0"
