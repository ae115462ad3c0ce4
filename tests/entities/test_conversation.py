"""The entity as the host runs it: batches of operations in, the new state and one result for each out."""

import json
from dataclasses import dataclass
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from entities.conversation import REMEMBERED, bp

DELIVERED = {"operationId": "message-1", "status": "delivered", "channel": "sms", "attempt": 2}
REPLY = {"operationId": "reply-1", "channel": "sms", "at": "2026-11-22T12:00:00.000000Z"}
UNDELIVERED = {"operationId": "message-2", "status": "undelivered", "channel": None, "attempt": None}


@pytest.fixture
def handler(monkeypatch):
    """What the host calls, in the environment that the app has: JSON in, JSON out."""
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
    app = df.DFApp()
    app.register_functions(bp)
    [function] = app.get_functions()
    return function.get_user_function()


@dataclass(frozen=True)
class Batch:
    """What the host is told after one batch. `results` are the decoded ones, `errors` says which of them failed."""

    state: Any
    results: list[Any]
    errors: list[bool]


@pytest.fixture
def run(handler):
    def run(*operations: tuple[str, Any], state: Any = None) -> Batch:
        """One batch on an entity in this state; None is one that does not exist yet."""
        body = {
            "self": {"name": "conversation", "key": "conv-456"},
            "exists": state is not None,
            "state": json.dumps(state) if state is not None else None,
            "batch": [
                # what an orchestrator signals is encoded twice
                {"name": name, "input": json.dumps(json.dumps(given)), "isSignal": True}
                for name, given in operations
            ],
        }
        answer = json.loads(handler(func.EntityContext(json.dumps(body))))
        results = [json.loads(result["result"]) for result in answer["results"]]
        errors = [result["isError"] for result in answer["results"]]
        return Batch(json.loads(answer["entityState"]) if answer["entityExists"] else None, results, errors)

    return run


def test_the_host_finds_it_under_the_name_of_its_file():
    app = df.DFApp()
    app.register_functions(bp)

    assert [function.get_function_name() for function in app.get_functions()] == ["conversation"]


def test_an_outcome_is_counted_and_is_the_last(run):
    state = run(("message_finished", DELIVERED)).state

    assert state["finished"] == {"delivered": 1}
    assert state["last"] == {"messageId": "message-1", "status": "delivered", "channel": "sms"}


def test_outcomes_add_up_over_batches(run):
    state = run(("message_finished", DELIVERED)).state

    after = run(
        ("message_finished", UNDELIVERED), ("message_finished", {**DELIVERED, "operationId": "3"}), state=state
    ).state

    assert after["finished"] == {"delivered": 2, "undelivered": 1}
    assert after["last"]["messageId"] == "3"


def test_an_outcome_without_a_channel_is_counted_too(run):
    assert run(("message_finished", UNDELIVERED)).state["last"] == {
        "messageId": "message-2",
        "status": "undelivered",
        "channel": None,
    }


def test_a_repeated_operation_changes_nothing(run):
    once = run(("message_finished", DELIVERED), ("message_finished", UNDELIVERED))

    again = run(
        ("message_finished", DELIVERED), ("message_finished", {**DELIVERED, "status": "read"}), state=once.state
    )

    assert again.state == once.state
    assert again.errors == [False, False]


def test_a_repetition_within_one_batch_changes_nothing(run):
    twice = run(("message_finished", DELIVERED), ("message_finished", DELIVERED))

    assert twice.state == run(("message_finished", DELIVERED)).state


def test_replies_are_counted_each_once_and_the_latest_is_the_last_in_whatever_order_they_come(run):
    later = {"operationId": "reply-2", "channel": "whatsapp", "at": "2026-11-22T12:00:01.000000Z"}
    replies = [("reply_received", later), ("reply_received", REPLY), ("reply_received", later)]

    state = run(*replies).state

    assert state["replies"] == 2
    assert state["lastReply"] == {"messageId": "reply-2", "channel": "whatsapp", "at": later["at"]}


def test_a_reply_and_an_outcome_leave_each_other_alone(run):
    state = run(("message_finished", DELIVERED), ("reply_received", REPLY)).state

    assert (state["finished"], state["replies"]) == ({"delivered": 1}, 1)
    assert state["last"]["messageId"] == "message-1"


def test_reading_tells_the_state_and_changes_nothing(run):
    state = run(("message_finished", DELIVERED)).state

    reading = run(("read", {"operationId": "r"}), state=state)

    assert reading.results == [state]
    assert reading.state == state


def test_a_conversation_that_never_heard_of_anything_can_be_read(run):
    [state] = run(("read", {})).results

    assert state["finished"] == {}
    assert "last" not in state


def test_every_operation_has_its_own_result(run):
    """Left unset, the SDK repeats the result before."""
    batch = run(("read", {}), ("message_finished", DELIVERED), ("message_finished", UNDELIVERED), ("read", {}))

    assert [result["finished"] for result in batch.results] == [
        {},
        {"delivered": 1},
        {"delivered": 1, "undelivered": 1},
        {"delivered": 1, "undelivered": 1},
    ]


@pytest.mark.parametrize("operation", ["reply_recieved", "", "Read", "delete"])
def test_an_unknown_operation_is_an_error_and_keeps_the_state(operation, run):
    state = run(("message_finished", DELIVERED)).state

    batch = run((operation, {"operationId": "x"}), ("message_finished", UNDELIVERED), state=state)

    assert batch.errors == [True, False]
    assert repr(operation) in batch.results[0]
    assert batch.state == run(("message_finished", UNDELIVERED), state=state).state


@pytest.mark.parametrize(
    "outcome", [{}, {"operationId": "x"}, {"status": "delivered", "channel": "sms"}, None, [], "x"]
)
def test_an_outcome_that_lacks_something_is_an_error_and_keeps_the_state(outcome, run):
    state = run(("message_finished", DELIVERED)).state

    batch = run(("message_finished", outcome), state=state)

    assert batch.errors == [True]
    assert batch.state == state


def test_memory_and_state_stay_small_however_many_messages_there_are(run):
    outcomes = [
        ("message_finished", {**DELIVERED, "operationId": f"{number:036}"}) for number in range(10 * REMEMBERED)
    ]
    state = run(*outcomes).state

    assert state["finished"] == {"delivered": 10 * REMEMBERED}
    assert len(state["operations"]) == REMEMBERED
    assert len(json.dumps(state)) < 4096


def test_the_newest_operations_are_the_ones_remembered(run):
    outcomes = [("message_finished", {**DELIVERED, "operationId": str(number)}) for number in range(REMEMBERED + 1)]
    state = run(*outcomes).state

    assert run(outcomes[-1], state=state).state == state
    assert run(outcomes[1], state=state).state == state


def test_a_state_written_by_a_later_version_is_read_without_what_this_one_does_not_know(run):
    state = {"finished": {"delivered": 1}, "mood": "fine", "schema": 2}

    assert run(("message_finished", UNDELIVERED), state=state).state["finished"] == {"delivered": 1, "undelivered": 1}
