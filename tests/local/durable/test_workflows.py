import asyncio
import logging

import azure.durable_functions as df
import pytest

from local.durable.execution.history import EventType


async def test_a_chain_of_activities_passes_each_result_on(platform):
    status = await platform.run("chain", {"number": 3})

    assert (status.runtime_status.name, status.output) == ("Completed", {"result": 12})


async def test_an_activity_that_the_start_finds_under_way_is_not_called_again(platform, monkeypatch):
    engine, calls = platform.host.client.engine, list[str]()
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(name, input_text):
        calls.append(name)
        has_begun.set()
        await may_end.wait()
        return input_text

    monkeypatch.setattr(engine.functions, "run_activity", slow)
    instance = await platform.client.start_new("chain", client_input={"number": 3})
    await has_begun.wait()
    await engine._take_up("")  # behind a crash, what was asked for meanwhile may be under way
    may_end.set()
    await platform.finished(instance)
    await platform.run("chain", {"number": 3})

    assert len(calls) == 4  # two in each


async def test_activities_of_one_yield_all_run(platform):
    assert (await platform.run("fan_out")).output == 90


async def test_an_orchestrator_is_found_whatever_the_case_of_its_name(platform):
    assert (await platform.run("CHAIN", {"number": 1})).name == "chain"


async def test_an_event_in_time_wins_and_its_timer_holds_nothing_up(platform):
    instance = await platform.client.start_new("doorbell", client_input={"names": ["first"]})
    await platform.waiting(instance, '{"waits":"first"}')

    await platform.client.raise_event(instance, "first")

    assert (await platform.finished(instance)).output == ["first"]
    assert platform.host.client.engine.storage.next_due() is None


async def test_silence_wins_when_its_minute_is_over(platform):
    instance = await platform.client.start_new("doorbell", client_input={"names": ["first"]})
    await platform.waiting(instance, '{"waits":"first"}')

    await platform.clock.advance(minutes=1)

    assert (await platform.finished(instance)).output == ["silence"]


async def test_an_early_event_is_kept_for_its_wait_and_a_late_one_harms_nobody(platform):
    instance = await platform.client.start_new("doorbell", client_input={"names": ["first", "second", "third"]})
    await platform.client.raise_event(instance, "second")
    await platform.waiting(instance, '{"waits":"first"}')
    await platform.clock.advance(minutes=1)
    await platform.waiting(instance, '{"waits":"third"}')
    await platform.client.raise_event(instance, "first")
    await platform.client.raise_event(instance, "third")

    assert (await platform.finished(instance)).output == ["silence", "second", "third"]


async def test_a_doubled_event_rings_once(platform):
    instance = await platform.client.start_new("doorbell", client_input={"names": ["first", "second"]})
    await platform.client.raise_event(instance, "first")
    await platform.client.raise_event(instance, "first")
    await platform.waiting(instance, '{"waits":"second"}')
    await platform.clock.advance(minutes=1)

    assert (await platform.finished(instance)).output == ["first", "silence"]


async def test_an_event_from_the_client_arrives_as_text_encoded_twice(platform):
    instance = await platform.client.start_new("one_event")
    await platform.client.raise_event(instance, "go", {"a": 1})

    assert (await platform.finished(instance)).output == '{"a": 1}'


async def test_an_activity_s_error_reaches_its_orchestrator_as_the_host_words_it(platform):
    status = await platform.run("handled", {"name": "Ada"})

    assert status.output.startswith("Activity function 'explode' failed:  ValueError: it does not work")


async def test_an_error_nobody_handles_fails_the_workflow(platform):
    status = await platform.run("unhandled", {"name": "secret"})

    assert status.runtime_status.name == "Failed"
    assert status.output.startswith("Orchestrator function 'unhandled' failed: Activity function 'explode' failed:  V")


async def test_an_unknown_activity_fails_the_workflow_instead_of_hanging_it(platform):
    status = await platform.run("calls_nobody")

    assert status.runtime_status.name == "Failed"
    assert "The function 'nobody' doesn't exist, is disabled, or is not an activity function." in status.output


async def test_an_unknown_entity_fails_the_workflow(platform):
    assert "The function 'nobody' doesn't exist" in (await platform.run("signals_nobody")).output


async def test_what_would_hang_in_azure_is_reported_and_stays_running(platform, caplog):
    instance = await platform.client.start_new("hangs_in_azure")
    await platform.client.raise_event(instance, "go")
    await platform.settled(instance)

    await platform.clock.advance(minutes=1)
    await platform.until(instance, lambda it: it.updated_at > "2030-01-01T12:01")

    assert "'hangs_in_azure' with id" in caplog.text
    assert "hangs: the orchestrator went on, but the host still waits for an event 'go'" in caplog.text
    assert (await platform.client.get_status(instance)).runtime_status.name == "Running"


async def test_a_timer_left_open_keeps_a_finished_workflow_running(platform, caplog):
    instance = await platform.client.start_new("lingers_in_azure")
    await platform.client.raise_event(instance, "go")
    await platform.settled(instance)
    assert "lingers: the orchestrator is done" in caplog.text

    await platform.clock.advance(minutes=1)

    assert (await platform.finished(instance)).output == "done"


async def test_an_orchestrator_that_yields_nothing_is_reported(platform, caplog):
    instance = await platform.client.start_new("waits_for_nothing")
    await platform.until(instance, lambda _: "never scheduled" in caplog.text)

    assert (await platform.client.get_status(instance)).runtime_status.name == "Running"


async def test_a_long_timer_fires_after_all_its_legs(platform):
    instance = await platform.client.start_new("sleeps_for_ten_days")
    for days in (3, 3, 4):
        await platform.clock.until_someone_sleeps(days=days)
        await platform.clock.advance(days=days)

    assert (await platform.finished(instance)).output == "awake"


async def test_a_failing_activity_is_called_again_after_its_interval(platform):
    instance = await platform.client.start_new("retries", client_input={"name": "a", "lucky": 3})
    for _ in range(2):
        await platform.clock.until_someone_sleeps(minutes=1)
        await platform.clock.advance(minutes=1)

    assert (await platform.finished(instance)).output == 3


async def test_retries_end_with_the_last_error(platform):
    instance = await platform.client.start_new("retries", client_input={"name": "b", "lucky": 9})
    for _ in range(2):
        await platform.clock.until_someone_sleeps(minutes=1)
        await platform.clock.advance(minutes=1)

    assert "ValueError: not yet" in (await platform.finished(instance)).output


async def test_continue_as_new_runs_on_under_the_same_id_with_a_fresh_history(platform):
    instance = await platform.client.start_new("counts_down", client_input={"left": 3})

    assert (await platform.finished(instance)).output == "lift-off"
    history = platform.host.client.engine.storage.history(instance)
    assert sum(f'"EventType":{int(EventType.EXECUTION_STARTED)},' in row for row in history) == 1


async def test_a_child_s_result_reaches_its_parent(platform):
    assert (await platform.run("parent", {"child": "chain"})).output == {"result": 20}
    assert (await platform.client.get_status("the-child")).runtime_status.name == "Completed"


async def test_a_child_s_failure_reaches_its_parent(platform):
    output = (await platform.run("parent", {"child": "failing_child"})).output

    assert output.startswith("Orchestrator function 'failing_child' failed: the child fails")


async def test_terminating_a_child_fails_it_for_its_parent(platform):
    parent = await platform.client.start_new("parent", client_input={"child": "one_event"})
    await platform.until(parent, lambda it: it.status == "Running")
    await platform.client.terminate("the-child", "enough")

    assert (await platform.finished(parent)).output.startswith("enough")


async def test_an_entity_keeps_its_order_and_one_failing_operation_harms_no_other(platform):
    assert (await platform.run("counts_with_an_entity")).output == 5


async def test_an_entity_s_error_reaches_its_caller(platform):
    assert (await platform.run("asks_for_a_failure")).output == "no such operation"


async def test_a_signal_from_the_client_changes_the_entity(platform):
    entity = df.EntityId("Counter", "a-Key")
    assert not (await platform.client.read_entity_state(entity)).entity_exists
    await platform.client.signal_entity(entity, "add", {"by": 2})
    await platform.client.signal_entity(entity, "add", {"by": 3})

    await platform.entity_state(entity, 5)


async def test_a_batch_whose_handler_breaks_is_repeated_after_a_pause(platform, caplog):
    entity = df.EntityId("counter", "breaks")
    await platform.client.signal_entity(entity, "break", {"by": 4})
    await platform.clock.until_someone_sleeps(seconds=5)
    assert "Object of type object is not JSON serializable" in caplog.text

    await platform.clock.advance(seconds=5)

    await platform.entity_state(entity, 4)


@pytest.mark.parametrize(("characters", "outcome"), [(8_000, "Completed"), (8_800, "Failed")])
async def test_a_custom_status_beyond_the_host_s_limit_fails_the_workflow(platform, characters, outcome):
    assert (await platform.run("status_of_size", {"characters": characters})).runtime_status.name == outcome


async def test_a_later_run_begins_later_even_if_the_clock_stands_still(platform):
    runs = []
    for _ in range(2):
        await platform.client.start_new("the_time", "again")
        runs.append((await platform.finished("again")).output)

    assert len({time for run in runs for time in run}) == 4


async def test_no_payload_is_logged(platform, caplog):
    caplog.set_level(logging.DEBUG)
    await platform.run("unhandled", {"name": "secret"})

    assert "ValueError: it does not work" in caplog.text
    assert "secret" not in caplog.text
