"""What arrives where, and how often it is encoded on the way; and what a run leaves to the next."""

import azure.durable_functions as df
import pytest

from tests.local.durable.platform import running

BASE = "/runtime/webhooks/durabletask"


@pytest.fixture
async def platform(tmp_path):
    async with running("echoes", tmp_path / "data") as started:
        yield started


@pytest.mark.parametrize("name", ["input_as_it_is", "through_an_activity", "through_a_child"])
@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], "text", 7, False])
async def test_what_the_client_starts_with_arrives_as_it_was(platform, name, value):
    assert (await platform.run(name, value)).output == value


async def test_an_object_posted_to_the_api_arrives_and_a_list_breaks_the_sdk(platform):
    wait = "timeout=10&pollingInterval=1"
    taken = await platform.post(f"{BASE}/orchestrators/input_as_it_is?{wait}", {"a": 1})
    broken = await platform.post(f"{BASE}/orchestrators/input_as_it_is?{wait}", [1])

    assert taken == (200, {"a": 1})
    assert (broken[0], broken[1]["runtimeStatus"]) == (500, "Failed")


async def test_the_status_shows_the_client_s_input_as_text_and_the_api_s_as_it_was(platform):
    mine = await platform.client.start_new("input_as_it_is", "mine", {"a": 1})
    await platform.finished(mine)
    await platform.post(f"{BASE}/orchestrators/input_as_it_is/other?timeout=10&pollingInterval=1", {"a": 1})

    assert (await platform.get(f"{BASE}/instances/mine"))["input"] == '{"a": 1}'
    assert (await platform.get(f"{BASE}/instances/other"))["input"] == {"a": 1}


async def test_an_entity_signalled_through_the_api_cannot_read_its_input(platform):
    status, _ = await platform.post(f"{BASE}/entities/box/mine?op=put", {"a": 1})
    await platform.client.signal_entity(df.EntityId("box", "mine"), "put", {"b": 2})

    assert status == 202
    await platform.entity_state(df.EntityId("box", "mine"), {"b": 2})


async def test_deleting_an_entity_is_an_operation_of_that_name(platform):
    entity = df.EntityId("box", "mine")
    await platform.client.signal_entity(entity, "put", {"b": 2})
    await platform.entity_state(entity, {"b": 2})
    await platform.delete(f"{BASE}/entities/box/mine")

    await platform.entity_state(entity, None)


async def test_a_child_without_an_id_is_named_after_its_parent_s_run(platform):
    parent, child = (await platform.run("child_of_this_parent")).output

    assert child["parent"] == parent
    assert child["id"].endswith(":0")


async def test_a_child_outlives_its_terminated_parent(platform):
    parent = await platform.client.start_new("outlived_by_its_child")
    await platform.settled(parent)
    await platform.client.terminate(parent, "enough")
    await platform.finished(parent)
    await platform.client.raise_event("the-child", "go", "still here")

    assert (await platform.finished("the-child")).output == '"still here"'


async def test_an_event_that_came_before_continue_as_new_is_lost_and_one_behind_is_kept(platform):
    instance = await platform.client.start_new("goes_on_as_new_between_events")
    await platform.waiting(instance, '"first run"')
    await platform.client.raise_event(instance, "b", "lost")
    await platform.settled(instance)
    await platform.client.raise_event(instance, "a", "on")
    await platform.client.raise_event(instance, "b", "kept")

    assert (await platform.finished(instance)).output == '"kept"'


async def test_the_custom_status_outlives_continue_as_new_until_the_new_run_has_its_second_turn(platform):
    instance = await platform.client.start_new("goes_on_as_new_between_events")
    await platform.waiting(instance, '"first run"')
    await platform.client.raise_event(instance, "a", "on")
    await platform.settled(instance)

    status = await platform.client.get_status(instance, show_input=True)
    assert (status.input_, status.custom_status) == ('"second run"', "first run")
    await platform.client.raise_event(instance, "b", "done")
    assert (await platform.finished(instance)).custom_status is None


async def test_a_run_that_fails_after_continue_as_new_has_failed(platform):
    status = await platform.run("goes_on_and_then_fails")

    assert (status.runtime_status.name, status.output) == (
        "Failed",
        "Orchestrator function 'goes_on_and_then_fails' failed: after all",
    )


async def test_a_timer_in_the_past_fires_at_once(platform):
    assert (await platform.run("pauses_for_nothing")).output == "no pause"


@pytest.mark.parametrize(("name", "status"), [("input_as_it_is", 200), ("fails", 500)])
async def test_the_sdk_waits_for_the_end_and_answers_500_for_a_failure(platform, name, status):
    assert (await platform.post(f"/api/wait/{name}", {}))[0] == status
