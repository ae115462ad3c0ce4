"""The host's walk over an action list: rows in, decisions out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.durable.execution.history import EventType, Row, row
from local.durable.execution.replay import NonDeterministic, NotSupported, Walk, replay

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FIRE_AT = "2030-01-01T12:01:00.000000Z"


def began():
    return [row(EventType.ORCHESTRATOR_STARTED, NOON), row(EventType.EXECUTION_STARTED, NOON, Name="wf")]


def scheduled(number, name="A"):
    return row(EventType.TASK_SCHEDULED, NOON, number, Name=name)


def completed(number):
    return row(EventType.TASK_COMPLETED, NOON, TaskScheduledId=number, Result="null")


def failed(number):
    return row(EventType.TASK_FAILED, NOON, TaskScheduledId=number, Reason="no", Details=None)


def timer_row(number):
    return row(EventType.TIMER_CREATED, NOON, number, FireAt=FIRE_AT)


def fired(number):
    return row(EventType.TIMER_FIRED, NOON, TimerId=number, FireAt=FIRE_AT)


def raised(name):
    return row(EventType.EVENT_RAISED, NOON, Name=name, Input="null")


def call(name="A"):
    return {"actionType": 0, "functionName": name, "input": "1"}


def timer(cancelled=False):
    return {"actionType": 5, "fireAt": FIRE_AT, "isCanceled": cancelled}


def wait(name):
    return {"actionType": 6, "externalEventName": name, "reason": "ExternalEvent"}


def any_of(*children):
    return {"actionType": 11, "compoundActions": [*children]}


def all_of(*children):
    return {"actionType": 12, "compoundActions": [*children]}


def retried(attempts):
    options = {"firstRetryIntervalInMilliseconds": 5000, "maxNumberOfAttempts": attempts}
    return all_of({"actionType": 1, "functionName": "A", "input": "1", "retryOptions": options})


def walk(actions, *rows, is_done=False):
    return replay(actions, [*began(), *rows], is_done=is_done)


def test_an_action_begins_only_when_the_one_before_it_is_done():
    actions = [call("A"), call("B")]

    assert list(walk(actions).decisions) == [0]
    assert walk(actions, scheduled(0)).decisions == {}
    assert walk(actions, scheduled(0), completed(0)).decisions[1].action == call("B")


def test_a_workflow_is_finished_when_its_list_is_walked_and_nothing_is_open():
    assert not walk([call()], scheduled(0), is_done=True).is_finished
    assert walk([call()], scheduled(0), completed(0), is_done=True).is_finished


def test_only_the_first_end_of_a_call_counts():
    replayed = walk([call(), call("B")], scheduled(0), failed(0), completed(0), completed(0))

    assert list(replayed.decisions) == [1]


def test_children_are_numbered_from_left_to_right_and_events_take_no_number():
    replayed = walk([any_of(wait("e"), timer(), all_of(call("A"), call("B")))])

    assert [(number, it.row) for number, it in replayed.decisions.items()] == [
        (0, EventType.TIMER_CREATED),
        (1, EventType.TASK_SCHEDULED),
        (2, EventType.TASK_SCHEDULED),
    ]


def test_a_cancelled_timer_keeps_its_number_and_holds_nothing_up():
    replayed = walk([any_of(wait("e"), timer(cancelled=True))], timer_row(0), raised("e"), is_done=True)

    assert replayed.is_finished
    assert replayed.cancelled_timers == {0}


def test_a_timer_that_fires_after_it_was_cancelled_is_ignored():
    actions = [any_of(wait("e"), timer(cancelled=True)), call()]

    assert list(walk(actions, timer_row(0), raised("e"), fired(0)).decisions) == [1]


def test_an_open_timer_keeps_the_workflow_running():
    replayed = walk([any_of(wait("e"), timer())], timer_row(0), raised("e"), is_done=True)

    assert not replayed.is_finished
    assert "lingers" in (replayed.warning or "")


def test_an_early_event_waits_for_its_wait_and_is_given_once():
    assert walk([call(), wait("e")], scheduled(0), raised("e"), completed(0), is_done=True).is_finished
    assert not walk([call(), wait("e"), wait("e")], scheduled(0), raised("e"), completed(0)).is_finished


def test_the_host_ignores_the_case_of_event_names():
    assert walk([wait("Go")], raised("gO"), is_done=True).is_finished


def test_the_newest_wait_of_a_name_gets_the_event():
    """The abandoned wait of the first pair gets nothing, so the second pair is done and the third action begins."""
    actions = [any_of(wait("e"), timer()), any_of(wait("e"), timer()), call()]

    assert list(walk(actions, timer_row(0), fired(0), timer_row(1), raised("e")).decisions) == [2]


def test_retries_take_the_next_number_at_each_step():
    first = [scheduled(0), failed(0)]
    again = [timer_row(1), fired(1), scheduled(2)]

    assert walk([retried(3)], *first).decisions[1].due == NOON + timedelta(seconds=5)
    assert walk([retried(3)], *first, timer_row(1), fired(1)).decisions[2].row == EventType.TASK_SCHEDULED
    assert walk([retried(3)], *first, *again, completed(2), is_done=True).is_finished


def test_the_last_failure_is_followed_by_one_more_timer_due_at_once():
    rows = [scheduled(0), failed(0), timer_row(1), fired(1), scheduled(2), failed(2)]

    assert walk([retried(2)], *rows).decisions[3].due == NOON
    assert walk([retried(2)], *rows, timer_row(3), fired(3), is_done=True).is_finished


def test_a_failed_sibling_does_not_end_the_wait_for_all():
    actions = [all_of(call("A"), call("B")), call("C")]
    rows = [scheduled(0, "A"), scheduled(1, "B"), failed(0)]

    assert walk(actions, *rows).decisions == {}
    assert "starts late: a task of a task_all has failed" in (walk(actions, *rows).warning or "")
    assert list(walk(actions, *rows, completed(1)).decisions) == [2]


def test_a_fresh_wait_beside_an_old_timer_hangs_and_is_reported():
    """The SDK lists only the fresh child, so the host waits for another event while the SDK went on."""
    actions = [any_of(wait("e"), timer()), any_of(wait("e")), call("Fallback")]

    replayed = walk(actions, timer_row(0), raised("e"), fired(0))

    assert replayed.decisions == {}
    assert "still waits for an event 'e' (action 2" in (replayed.warning or "")


def test_a_fresh_wait_beside_a_fresh_timer_is_no_hang():
    assert walk([any_of(wait("e"), timer())], timer_row(0)).warning is None


def test_an_event_whose_case_differs_is_reported():
    """The host takes it for the wait, the SDK does not."""
    assert "another case" in (walk([wait("e")], raised("E")).warning or "")


def test_a_row_that_was_not_asked_for_is_non_deterministic():
    with pytest.raises(NonDeterministic, match="TASK_SCHEDULED with id 0 and name 'B'"):
        walk([call("A")], scheduled(0, "B"))


def test_starting_work_behind_retries_that_lost_a_race_is_non_deterministic():
    """The cancelled timer lets the host begin B at once, with the number that the retry's pause had."""
    actions = [any_of(retried(2)["compoundActions"][0], timer(cancelled=True)), call("B")]

    with pytest.raises(NonDeterministic):
        walk(actions, scheduled(0), timer_row(1), failed(0), timer_row(2), fired(2))


def test_an_action_that_is_not_built_is_named():
    with pytest.raises(NotSupported, match="action type 10"):
        walk([{"actionType": 10}])


def test_an_entity_call_is_answered_by_the_event_named_like_its_request():
    action = {"actionType": 7, "instanceId": "@counter@1", "operation": "add", "input": "1"}
    sent = row(EventType.EVENT_SENT, NOON, 0, InstanceId="@counter@1", Name="op", Input='{"id":"request-1"}')

    assert not walk([action], sent, is_done=True).is_finished
    assert walk([action], sent, raised("request-1"), is_done=True).is_finished


def test_continue_as_new_tells_at_which_row_it_was_reached():
    rows = [scheduled(0), raised("before"), completed(0), raised("behind")]
    replayed = walk([call(), {"actionType": 4, "input": "1"}], *rows, is_done=True)

    assert replayed.continued_at == len(began()) + 2


SIMPLE = st.sampled_from([call(), timer(), timer(cancelled=True), wait("e")])
ACTIONS = st.lists(
    SIMPLE | st.builds(lambda it: any_of(*it), st.lists(SIMPLE, min_size=1, max_size=3)), min_size=1, max_size=6
)


@given(ACTIONS)
def test_what_was_decided_once_is_never_decided_again(actions):
    """Turn by turn: write the decisions down, end everything, and go on until the list is walked."""
    history: list[Row] = began()
    seen: set[int] = set()
    for _ in range(20):
        replayed = replay(actions, history, is_done=False)
        assert not seen & set(replayed.decisions)
        seen |= set(replayed.decisions)
        calls = [number for number, it in replayed.decisions.items() if it.row == EventType.TASK_SCHEDULED]
        timers = [number for number, it in replayed.decisions.items() if it.row == EventType.TIMER_CREATED]
        history += [scheduled(n) if n in calls else timer_row(n) for n in replayed.decisions]
        history += [row(EventType.ORCHESTRATOR_STARTED, NOON), *map(completed, calls), *map(fired, timers), raised("e")]
    assert replay(actions, history, is_done=True).is_finished
    assert sorted(seen) == list(range(len(seen)))


@given(ACTIONS)
def test_a_walk_that_goes_on_decides_as_one_that_begins_anew(actions):
    """The list grows by one action a turn, as with an orchestrator that yields again and again."""
    history: list[Row] = began()
    walk = Walk(actions[:1]).through(history)
    for turn in range(2, 12):
        decisions = walk.replayed(False).decisions
        calls = [number for number, it in decisions.items() if it.row == EventType.TASK_SCHEDULED]
        timers = [number for number, it in decisions.items() if it.row == EventType.TIMER_CREATED]
        written = [scheduled(n) if n in calls else timer_row(n) for n in decisions]
        ends = [row(EventType.ORCHESTRATOR_STARTED, NOON), *map(completed, calls), *map(fired, timers), raised("e")]
        walk.through(written)
        if not walk.goes_on_with(actions[:turn]):
            walk = Walk(actions[:turn]).through([*history, *written])
        history += [*written, *ends]

        assert walk.through(ends).replayed(False) == Walk(actions[:turn]).through(history).replayed(False)


def test_a_walk_does_not_go_on_when_a_timer_is_cancelled_behind_it():
    walk = Walk([any_of(wait("e"), timer())]).through([*began(), timer_row(0)])

    assert not walk.goes_on_with([any_of(wait("e"), timer(cancelled=True)), call()])
