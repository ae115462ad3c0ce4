"""A failed workflow tries again: what succeeded is not done a second time."""

import sys

import pytest

from tests.local.durable.platform import running


@pytest.fixture
async def platform(tmp_path):
    async with running("broken_and_mended", tmp_path / "data") as started:
        yield started


@pytest.fixture
def app(platform):
    module = sys.modules["function_app"]
    module.calls.clear()
    module.broken.clear()
    return module


async def fail_then_mend(platform, app, name, *broken):
    app.broken.update(broken)
    status = await platform.run(name)
    assert status.runtime_status.name == "Failed"
    app.broken.clear()
    await platform.client.rewind(status.instance_id, "it is fixed")
    return await platform.finished(status.instance_id)


async def test_only_the_failed_step_of_a_row_runs_again(platform, app):
    status = await fail_then_mend(platform, app, "in_a_row", "b")

    assert status.output == ["a", "b", "c"]
    assert app.calls == {"a": 1, "b": 2, "c": 1}


async def test_only_the_failed_ones_of_many_run_again(platform, app):
    status = await fail_then_mend(platform, app, "side_by_side", "a", "c")

    assert status.output == ["first", "a", "b", "c"]
    assert app.calls == {"first": 1, "a": 2, "b": 1, "c": 2}


async def test_a_call_with_retries_has_all_its_tries_again(platform, app):
    app.broken.add("a")
    instance = await platform.client.start_new("with_retries")
    await platform.clock.until_someone_sleeps(seconds=1)
    await platform.clock.advance(seconds=1)
    await platform.finished(instance)
    await platform.client.rewind(instance, "not fixed yet")
    await platform.clock.until_someone_sleeps(seconds=1)
    app.broken.clear()
    await platform.clock.advance(seconds=1)

    assert (await platform.finished(instance)).output == ["first", "a", "b"]
    assert app.calls == {"first": 1, "a": 4, "b": 1}


async def test_a_failed_child_is_rewound_with_its_parent(platform, app):
    status = await fail_then_mend(platform, app, "parent", "b")

    assert status.output == ["first", "a", "b", "c"]
    assert app.calls == {"first": 1, "a": 1, "b": 2, "c": 1}


async def test_a_failure_that_was_handled_stays_as_it_was(platform, app):
    status = await fail_then_mend(platform, app, "after_a_caught_error", "caught", "b")

    assert status.output == "b"
    assert app.calls == {"caught": 1, "handler": 1, "b": 2}


async def test_a_workflow_whose_own_code_failed_goes_on_with_better_code(platform, app):
    status = await fail_then_mend(platform, app, "fails_by_itself", "code")

    assert status.output == "fine"
    assert app.calls == {"a": 1}


async def test_a_workflow_can_be_rewound_twice_and_fail_in_between(platform, app):
    app.broken.update("bc")
    instance = (await platform.run("in_a_row")).instance_id
    for fixed in ("b", "c"):
        app.broken.remove(fixed)
        await platform.client.rewind(instance, fixed)
        status = await platform.finished(instance)

    assert status.output == ["a", "b", "c"]
    assert app.calls == {"a": 1, "b": 2, "c": 2}


async def test_the_history_of_a_rewound_workflow_says_so(platform, app):
    status = await fail_then_mend(platform, app, "in_a_row", "b")

    shown = (await platform.client.get_status(status.instance_id, show_history=True)).historyEvents
    assert [event["EventType"] for event in shown] == [
        "ExecutionStarted",
        "TaskCompleted",
        "GenericEvent",
        "TaskCompleted",
        "TaskCompleted",
        "ExecutionCompleted",
    ]


async def test_what_has_not_failed_cannot_be_rewound(platform, app):
    done = (await platform.run("in_a_row")).instance_id

    with pytest.raises(Exception, match="only supported on failed"):
        await platform.client.rewind(done, "no need")
    with pytest.raises(Exception, match="No instance with ID nobody"):
        await platform.client.rewind("nobody", "no need")
