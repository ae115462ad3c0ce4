"""Where workflows hang, linger, fail or misread in Azure: here they do the same, and say so."""

import sys

import azure.durable_functions as df
import pytest

from tests.local.durable.platform import running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK: its untyped JSON will go


@pytest.fixture
async def platform(tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "false")
    async with running("pitfalls", tmp_path / "data") as started:
        yield started


async def start(platform, name, *events):
    """Start, and raise events one by one, each when the one before has been taken in."""
    instance = await platform.client.start_new(name, name)
    await platform.settled(instance)
    for event in events:
        await platform.client.raise_event(instance, event, event)
        await platform.settled(instance)
    return instance


async def fire(platform, **delta):
    await platform.clock.until_someone_sleeps(**delta)
    await platform.clock.advance(**delta)


async def warning(platform, instance):
    """What the status page says beside the documented fields, once the last turn is committed."""
    await platform.until(instance, lambda it: it.warning is not None)
    return (await platform.client.get_status(instance)).warning


async def test_a_fresh_wait_beside_an_old_timer_hangs_and_is_named(platform, caplog):
    instance = await start(platform, "fresh_wait_beside_an_old_timer", "e")
    await fire(platform, minutes=1)

    assert "hangs: the orchestrator went on, but the host still waits for an event 'e'" in await warning(
        platform, instance
    )
    assert f"'{instance}' with id '{instance}' hangs" in caplog.text
    assert (await platform.client.get_status(instance)).runtime_status.name == "Running"


async def test_a_wait_kept_open_beside_an_activity_hangs_and_is_named(platform):
    instance = await start(platform, "wait_kept_open_beside_an_activity", "e")
    sys.modules["function_app"].may_end.set()

    assert "hangs" in await warning(platform, instance)


async def test_retries_raced_against_a_timer_fail_and_the_reason_is_named(platform, caplog):
    instance = await start(platform, "retries_raced_against_a_timer")
    await fire(platform, seconds=1)
    status = await platform.finished(instance)

    assert status.runtime_status.name == "Failed"
    assert "Non-deterministic workflow" in status.output
    assert "Yield calls with retries alone" in status.output
    assert "Yield calls with retries alone" in caplog.text


@pytest.mark.parametrize(
    ("name", "events", "delta"),
    [
        ("loser_left_open", ["e"], {"minutes": 1}),
        ("cancels_a_long_timer", ["e"], {"days": 3}),
    ],
)
async def test_a_loser_left_open_keeps_the_workflow_running_and_is_named(platform, name, events, delta):
    instance = await start(platform, name, *events)
    assert "lingers" in await warning(platform, instance)
    await fire(platform, **delta)

    assert (await platform.finished(instance)).output == "done"
    assert not hasattr(await platform.client.get_status(instance), "warning")


async def test_a_slower_activity_keeps_the_workflow_running_and_is_named(platform):
    instance = await start(platform, "slower_activity_left_open")
    assert "lingers" in await warning(platform, instance)
    sys.modules["function_app"].may_end.set()

    assert (await platform.finished(instance)).output == "done"


async def test_after_an_early_failure_of_many_the_next_work_starts_late_and_this_is_named(platform):
    instance = await start(platform, "all_fail_early")
    assert "starts late" in await warning(platform, instance)
    await fire(platform, minutes=1)

    assert (await platform.finished(instance)).output == 2


async def test_a_success_after_a_failure_inside_any_crashes_the_sdk(platform):
    instance = await start(platform, "all_fail_early_inside_any")
    await fire(platform, minutes=1)
    status = await platform.finished(instance)

    assert status.runtime_status.name == "Failed"


async def test_two_waits_for_one_early_event_hang_and_are_named(platform):
    instance = await start(platform, "two_waits_for_one_early_event", "e", "begin")

    assert "hangs" in await warning(platform, instance)


async def test_two_early_events_of_one_name_are_the_second_twice(platform):
    instance = await start(platform, "two_waits_for_one_early_event")
    await platform.client.raise_event(instance, "e", 1)
    await platform.client.raise_event(instance, "e", 2)
    await platform.client.raise_event(instance, "begin")

    assert (await platform.finished(instance)).output == ["2", "2"]


async def test_an_event_in_another_case_hangs_and_is_named(platform):
    instance = await start(platform, "another_case", "go")

    assert "for a name in another case" in await warning(platform, instance)


async def test_an_abandoned_wait_swallows_an_event(platform):
    instance = await start(platform, "abandoned_wait")
    await fire(platform, minutes=1)
    await platform.settled(instance)
    for event in ("e", "go on"):
        await platform.client.raise_event(instance, event, event)
    await platform.waiting(instance, '{"old wait":"\\"e\\""}')

    assert (await platform.client.get_status(instance)).runtime_status.name == "Running"


async def test_an_orchestrator_that_blocks_holds_up_no_other(platform):
    blocked = await platform.client.start_new("blocks")
    assert (await platform.run("yields_one_task_twice")).output == [2, 2, True, [2]]

    sys.modules["function_app"].may_go_on.set()
    assert (await platform.finished(blocked)).output == "at last"


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("failed_winner", ["Exception", "Exception"]),
        ("yields_one_task_twice", [2, 2, True, [2]]),
        ("yields_tasks_in_another_order", [4, 2]),
        ("yields_nothing_together", [None, None]),
        ("carries_an_object", 2),
        ("calls_the_wrongly_annotated", "text"),
        ("no_generator", "at once"),
        ("tells_whether_it_replays", [True, True, False]),
    ],
)
async def test_surprises_of_the_sdk_are_as_in_azure(platform, name, output):
    assert (await platform.run(name)).output == output


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("naive_time", "can't compare offset-naive and offset-aware datetimes"),
        ("cancels_a_fired_timer", "Cannot cancel a completed task"),
        ("yields_a_number", "'int' object has no attribute"),
        ("returns_an_object", "not JSON serializable"),
        ("calls_not_json", "Activity function 'not_json' failed:  ValueError"),
        ("no_generator_and_fails", "Orchestrator function 'no_generator_and_fails' failed: KeyError: 'no generator'"),
        ("fails_without_words", "<class 'ValueError'>"),
        ("calls_an_unknown_entity", "The function 'nobody' doesn't exist, is disabled, or is not an entity function"),
        ("calls_an_unknown_child", "is not an orchestrator function"),
        ("calls_itself", "may not have the id of its caller"),
    ],
)
async def test_failures_have_the_words_of_azure(platform, name, error):
    status = await platform.run(name)

    assert status.runtime_status.name == "Failed"
    assert error in status.output


async def test_an_aware_time_of_another_zone_fires_hours_late(platform):
    instance = await start(platform, "aware_time_elsewhere")
    await fire(platform, hours=2)

    assert (await platform.finished(instance)).output == "fired"


async def test_an_empty_custom_status_clears_it(platform):
    instance = await start(platform, "clears_its_status")
    await platform.until(instance, lambda it: it.custom_status is None and it.status == "Running")


async def test_ids_made_by_a_workflow_stay_the_same_over_its_turns(platform):
    instance = await start(platform, "makes_ids")
    await platform.until(instance, lambda it: it.custom_status is not None)
    first = (await platform.client.get_status(instance)).custom_status
    await platform.client.raise_event(instance, "e")
    ids = (await platform.finished(instance)).output

    assert ids[:2] == first
    assert len(set(ids)) == 3


async def test_a_failing_operation_keeps_what_it_changed_and_later_ones_run(platform):
    entity = df.EntityId("notes", "x")
    for operation, text in (("add", "a"), ("add then fail", ""), ("add", "b")):
        await platform.client.signal_entity(entity, operation, {"text": text})

    await platform.entity_state(entity, ["a", "half", "b"])


async def test_a_result_leaks_to_the_next_operation_of_its_batch(platform):
    assert (await platform.run("results_in_one_batch")).output == ["added", "added"]


async def test_a_falsy_input_of_a_signal_is_dropped(platform, caplog):
    entity = df.EntityId("notes", "x")
    await platform.client.signal_entity(entity, "needs input", 0)
    await platform.client.signal_entity(entity, "add", {"text": "b"})

    await platform.entity_state(entity, ["b"])


async def test_a_null_state_exists_and_reads_as_an_empty_text(platform):
    entity = df.EntityId("notes", "x")
    await platform.client.signal_entity(entity, "null", {"a": 1})
    await platform.entity_state(entity, "")

    assert (await platform.client.read_entity_state(entity)).entity_exists


async def test_an_entity_that_destructs_itself_is_gone(platform):
    entity = df.EntityId("notes", "x")
    await platform.client.signal_entity(entity, "add", {"text": "a"})
    await platform.entity_state(entity, ["a"])
    await platform.client.signal_entity(entity, "destruct", {"a": 1})

    await platform.entity_state(entity, None)


async def test_a_terminated_workflow_is_terminated_again_in_silence(platform):
    instance = await start(platform, "another_case")
    for _ in range(2):
        await platform.client.terminate(instance, "enough")
        await platform.finished(instance)


async def test_a_start_of_a_live_id_raises_the_whole_error_body(platform):
    instance = await start(platform, "another_case")

    with pytest.raises(Exception, match="already exists") as raised:
        await platform.client.start_new("another_case", instance)
    assert raised.value.args[0]["ExceptionMessage"].endswith("with the status Running already exists.")


async def test_an_unknown_instance_is_falsy_and_not_none(platform):
    status = await platform.client.get_status("nobody")

    assert status is not None
    assert not status


async def test_the_history_is_in_another_attribute_than_the_sdk_documents(platform):
    instance = (await platform.run("no_generator")).instance_id
    status = await platform.client.get_status(instance, show_history=True)

    assert status.history is None
    assert status.historyEvents


async def test_input_is_shown_even_if_it_is_not_asked_for(platform):
    instance = await platform.client.start_new("no_generator", client_input={"a": 1})
    await platform.finished(instance)

    assert (await platform.client.get_status(instance, show_input=False)).input_ == '{"a": 1}'
