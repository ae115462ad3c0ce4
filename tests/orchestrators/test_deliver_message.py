"""The workflow of one message: the real orchestrator under the host's own rules."""

import json
import re
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identities import OURS
from domain.messages.next_step import Decision, Finish, Send, Wait
from orchestrators.waiting import TURNS_OF_A_RUN
from tests.domain.messages.records import MINUTE, NOON, a_message
from tests.orchestrators.workflow import CONVERSATION_ID, MESSAGE_ID, PAYLOAD, TheStory, Workflow

MESSAGE = a_message(["sms", "email"])
SEND = Decision(MESSAGE, Send("sms", 1)).to_payload()
WAIT = Decision(MESSAGE, Wait(NOON + 5 * MINUTE)).to_payload()
FINISH = Decision(MESSAGE, Finish("delivered", "sms", 1)).to_payload()
OUTCOME = {"status": "delivered", "channel": "sms", "attempt": 1}


@pytest.fixture(scope="module")
def story():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
        yield TheStory.load()


@pytest.fixture
def workflow(story):
    return Workflow(story)


def names(workflow: Workflow) -> list[str]:
    return [call.name for call in workflow.called]


# the plan


def test_it_sends_waits_is_rung_and_finishes(workflow):
    workflow.turn(workflow.answer(SEND))
    workflow.turn(workflow.answer(WAIT))
    workflow.turn(workflow.ring())
    workflow.turn(workflow.answer(FINISH))

    assert names(workflow) == ["take_next_step", "send", "take_next_step"]
    assert (workflow.status, workflow.output) == ("Completed", OUTCOME)


def test_every_call_is_given_the_ids_and_a_turn_of_its_own_and_a_send_its_attempt(workflow):
    workflow.turn(workflow.answer(SEND))
    workflow.turn(workflow.answer(WAIT))
    workflow.turn(workflow.ring())

    first, send, second = workflow.payloads
    assert first == {**PAYLOAD, "turn": first["turn"]}
    assert send == {**PAYLOAD, **SEND["input"], "turn": send["turn"]}
    assert second == {**PAYLOAD, "turn": second["turn"]}
    assert first["turn"] < send["turn"] < second["turn"]


def test_a_first_step_that_is_known_is_taken_at_once(story):
    workflow = Workflow(story, firstStep=SEND)

    assert names(workflow) == ["send"]
    assert workflow.payloads == [{**PAYLOAD, **SEND["input"], "turn": workflow.payloads[0]["turn"]}]


def test_it_waits_until_the_time_it_was_told(workflow):
    workflow.turn(workflow.answer(WAIT))
    assert workflow.call is None
    assert workflow.due == NOON + 5 * MINUTE

    workflow.turn(workflow.fire())

    assert names(workflow) == ["take_next_step", "take_next_step"]


def test_it_looks_again_after_a_day_however_long_it_is_to_wait(workflow):
    workflow.turn(workflow.answer({**WAIT, "until": "9999-12-31T23:59:59.000000Z"}))

    assert workflow.due - workflow.now <= timedelta(days=1)
    workflow.turn(workflow.fire())
    assert names(workflow) == ["take_next_step", "take_next_step"]


def test_a_moment_that_is_past_is_not_waited_for(workflow):
    workflow.turn(workflow.answer({**WAIT, "until": "2020-01-01T00:00:00.000000Z"}))
    workflow.turn(workflow.fire())

    assert names(workflow) == ["take_next_step", "take_next_step"]
    assert workflow.now < NOON + MINUTE


def test_the_conversation_is_told_the_outcome_once(workflow):
    workflow.turn(workflow.answer(FINISH))

    [signal] = workflow.signals
    assert (signal["target"], signal["op"], signal["signal"]) == (
        f"@conversation@{CONVERSATION_ID}",
        "message_finished",
        True,
    )
    assert json.loads(json.loads(signal["input"])) == {"operationId": MESSAGE_ID, **OUTCOME}


def test_whoever_asks_is_shown_the_progress_also_at_the_end(workflow):
    seen = []
    for step in (SEND, WAIT):
        workflow.turn(workflow.answer(step))
        seen.append(workflow.custom_status)
    workflow.turn(workflow.ring())
    workflow.turn(workflow.answer(FINISH))

    assert [*seen, workflow.custom_status] == [SEND["progress"], WAIT["progress"], FINISH["progress"]]


# the doorbell


def test_a_ring_before_the_wait_is_kept_and_leaves_no_timer(workflow):
    workflow.turn(workflow.ring())
    workflow.turn(workflow.answer(WAIT))

    assert names(workflow) == ["take_next_step", "take_next_step"]
    assert workflow.timers == {}


def test_a_ring_and_the_answer_in_one_turn_are_both_heard_in_either_order(story):
    for answer_first in (True, False):
        workflow = Workflow(story)
        letters = [workflow.answer(WAIT), workflow.ring()]
        workflow.turn(*(letters if answer_first else letters[::-1]))

        assert names(workflow) == ["take_next_step", "take_next_step"]
        assert workflow.timers == {}


def test_rings_doubled_before_the_wait_wake_it_once(workflow):
    workflow.turn(workflow.ring(), workflow.ring())
    workflow.turn(workflow.answer(WAIT))
    workflow.turn(workflow.answer(WAIT))

    assert names(workflow) == ["take_next_step", "take_next_step"]
    assert workflow.call is None


def test_a_ring_for_an_earlier_wait_wakes_nobody(workflow):
    old = workflow.wake
    workflow.turn(workflow.answer(WAIT))
    workflow.turn(workflow.fire())
    workflow.turn(workflow.answer(WAIT))

    workflow.turn(workflow.ring(old))

    assert workflow.call is None
    assert len(workflow.timers) == 1


def test_a_ring_and_the_timer_in_one_turn_are_one_awakening(workflow):
    for late_ring in (True, False):
        workflow.turn(workflow.answer(WAIT))
        letters = [workflow.fire(), workflow.ring()]
        workflow.turn(*(letters if late_ring else letters[::-1]))

    assert names(workflow) == ["take_next_step"] * 3


def test_no_two_waits_have_the_same_name(workflow):
    names_of_waits = []
    for _ in range(20):
        names_of_waits.append(workflow.wake)
        workflow.turn(workflow.answer(WAIT))
        workflow.turn(workflow.ring())

    assert len(set(names_of_waits)) == 20
    assert names_of_waits == sorted(names_of_waits)


def test_the_turns_of_a_workflow_started_again_come_after_all_of_the_first_run(workflow, story):
    for _ in range(20):
        workflow.turn(workflow.answer(WAIT))
        workflow.turn(workflow.fire())

    again = Workflow(story, at=NOON + timedelta(milliseconds=2))

    assert max(payload["turn"] for payload in workflow.payloads) < again.payloads[0]["turn"]


# a new run


def used_up(workflow: Workflow, last=WAIT) -> Workflow:
    """With all turns of its run, the last of which was answered so."""
    for _ in range(TURNS_OF_A_RUN - 1):
        workflow.turn(workflow.answer(WAIT))
        workflow.turn(workflow.ring())
    workflow.turn(workflow.answer(last))
    return workflow


def test_a_workflow_with_many_turns_goes_on_in_a_new_run_with_an_empty_history(workflow):
    used_up(workflow)
    assert len(workflow.history) > 8 * (TURNS_OF_A_RUN - 1)

    workflow.turn(workflow.fire())

    assert len(workflow.history) < 8
    assert names(workflow) == ["take_next_step"] * (TURNS_OF_A_RUN + 1)
    workflow.turn(workflow.answer(FINISH))
    assert (workflow.status, workflow.output) == ("Completed", OUTCOME)
    assert len(workflow.signals) == 1


def test_a_new_run_looks_first_whatever_the_old_one_began_with_or_was_about_to_do(story):
    workflow = used_up(Workflow(story, firstStep=SEND, trace="00-1-2-01"), last=SEND)

    assert names(workflow)[0] == "send"
    assert names(workflow)[-1] == "take_next_step"
    assert workflow.payloads[-1] == {**PAYLOAD, "trace": "00-1-2-01", "turn": workflow.payloads[-1]["turn"]}


def test_a_ring_at_the_change_of_runs_may_be_lost_since_the_new_run_looks_before_it_waits(workflow):
    used_up(workflow)
    old = workflow.wake
    workflow.turn(workflow.ring(), workflow.ring())  # the second is lost with the run

    workflow.turn(workflow.ring(old))  # this one comes to the new run, where nobody waits for it
    assert (names(workflow)[-1], workflow.call is not None) == ("take_next_step", True)
    workflow.turn(workflow.answer(WAIT))

    assert (workflow.call, len(workflow.timers)) == (None, 1)
    workflow.turn(workflow.ring())
    assert workflow.call is not None


def test_the_turns_of_a_new_run_come_after_all_of_the_old_one(workflow):
    used_up(workflow)
    workflow.turn(workflow.ring())

    turns = [payload["turn"] for payload in workflow.payloads]
    assert turns == sorted(turns)
    assert len(set(turns)) == TURNS_OF_A_RUN + 1


def test_the_status_query_shows_what_the_old_run_showed_until_the_new_one_knows_more(workflow):
    used_up(workflow)
    workflow.turn(workflow.ring())
    assert workflow.custom_status == WAIT["progress"]

    workflow.turn(workflow.answer(SEND))

    assert workflow.custom_status == SEND["progress"]


# our own faults


def test_a_call_that_fails_is_repeated_after_growing_pauses_as_the_same_turn(workflow):
    pauses = []
    for _ in range(2):
        workflow.turn(workflow.failure())
        pauses.append((workflow.due - workflow.now).total_seconds())
        workflow.turn(workflow.fire())
    workflow.turn(workflow.answer(FINISH))

    assert pauses == [2, 4]
    assert names(workflow) == ["take_next_step"] * 3
    assert len({payload["turn"] for payload in workflow.payloads}) == 1
    assert workflow.status == "Completed"


def test_after_thirteen_failures_and_fourteen_minutes_the_workflow_fails_for_all_to_see(workflow):
    for _ in range(12):
        workflow.turn(workflow.failure())
        assert workflow.status == "Running"
        workflow.turn(workflow.fire())
    workflow.turn(workflow.failure())

    assert workflow.status == "Failed"
    assert "StoreUnavailable" in (workflow.instance.output or "")
    assert len(workflow.called) == 13
    assert 13 * MINUTE < workflow.now - NOON < 15 * MINUTE


def test_each_call_has_thirteen_tries_of_its_own(workflow):
    for _ in range(3):
        for _ in range(12):
            workflow.turn(workflow.failure())
            workflow.turn(workflow.fire())
        workflow.turn(workflow.answer(SEND))

    assert workflow.status == "Running"


def test_a_ring_while_a_failed_call_is_repeated_is_not_forgotten(workflow):
    workflow.turn(workflow.failure())
    workflow.turn(workflow.ring())
    workflow.turn(workflow.fire())
    workflow.turn(workflow.answer(WAIT))

    assert names(workflow) == ["take_next_step"] * 3
    assert workflow.timers == {}


# what the history holds


def test_the_history_holds_ids_numbers_and_times_and_no_payload_of_four_kilobytes(workflow):
    workflow.turn(workflow.answer(SEND))
    workflow.turn(workflow.answer(WAIT))
    workflow.turn(workflow.ring())
    workflow.turn(workflow.answer(FINISH))
    payloads = [*(call.input for call in workflow.called), workflow.instance.output, workflow.instance.custom_status]
    payloads += [json.loads(signal["input"]) for signal in workflow.signals]

    for payload in payloads:
        assert len(payload or "") < 4096
        for value in json.loads(payload or "{}").values():
            assert value is None or isinstance(value, int) or OURS.fullmatch(value)


def test_a_turn_names_a_wait_that_can_be_rung_by_url(workflow):
    assert re.fullmatch(r"wake-[0-9]{8}T[0-9]{12}-[0-9]{4}", workflow.wake)


# whatever comes, in whatever order

EVENTS = ("send", "wait", "fail", "fire", "ring", "ring for another", "ring for nobody")


@settings(deadline=None)  # a busy machine is no fault of ours
@given(st.lists(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=4), max_size=15), st.integers(2, 6))
def test_whatever_comes_in_whatever_order_it_neither_hangs_nor_forgets_nor_contradicts_itself(
    story, turns, turns_of_a_run
):
    with patch("orchestrators.waiting.TURNS_OF_A_RUN", turns_of_a_run):
        workflow = Workflow(story)
        failures = Counter[str]()
        for events in turns:
            if letters := [letter for event in events for letter in _happens(workflow, event, failures)]:
                workflow.turn(*letters)
        _bring_to_an_end(workflow)

    assert (workflow.status, workflow.output) == ("Completed", OUTCOME)
    assert workflow.timers == {}
    assert len(workflow.signals) == 1


def _happens(workflow: Workflow, event: str, failures: Counter[str]):
    """The letter of this event, if it can happen now; a call fails at most 12 times, since the 13th is the end."""
    match event:
        case "send" | "wait" if workflow.call:
            yield workflow.answer(SEND if event == "send" else WAIT)
        case "fail" if workflow.call and failures[workflow.wake] < 12:
            failures[workflow.wake] += 1
            yield workflow.failure()
        case "fire" if workflow.timers:
            yield workflow.fire()
        case "ring":
            yield workflow.ring()
        case "ring for another":
            yield workflow.ring(f"wake-{workflow.payloads[0]['turn']}")
        case "ring for nobody":
            yield workflow.ring("wake-20200101T000000000000-0001")


def _bring_to_an_end(workflow: Workflow) -> None:
    """Answer what is asked, and let the time come that is waited for."""
    while workflow.status == "Running":
        workflow.turn(workflow.answer(FINISH) if workflow.call else workflow.fire())
