"""Our durable code keeps the rules, and each rule can tell code that does not."""

from pathlib import Path

import pytest

from tests.orchestrators.rules import (
    RULES,
    WAITING,
    Rule,
    Source,
    asks_nobody_the_time,
    has_one_name_everywhere,
    imports_nothing_of_the_world,
    races_no_activity,
    runs_as_the_worker_expects,
    sets_no_timer_over_a_day,
    signals_with_a_dict,
    uses_nothing_that_hangs,
    waits_in_one_file_only,
)

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(file for folder in ("orchestrators", "activities", "entities") for file in (ROOT / folder).glob("*.py"))
STORY = "orchestrators/deliver_message.py"

BROKEN: list[tuple[Rule, str, str]] = [
    (uses_nothing_that_hangs, STORY, "context.call_activity_with_retry('send', retry, payload)"),
    (uses_nothing_that_hangs, WAITING, "context.call_activity_with_retry('send', retry, payload)"),
    (uses_nothing_that_hangs, STORY, "context.call_sub_orchestrator_with_retry('deliver', retry, payload)"),
    (uses_nothing_that_hangs, STORY, "context.call_http('GET', 'https://example.com')"),
    (uses_nothing_that_hangs, STORY, "with context.lock_entities(conversation): pass"),
    (waits_in_one_file_only, STORY, "yield context.create_timer(context.current_utc_datetime + ONE_DAY)"),
    (waits_in_one_file_only, STORY, "yield context.wait_for_external_event('wake')"),
    (waits_in_one_file_only, STORY, "yield context.task_any([a, b])"),
    (waits_in_one_file_only, STORY, "any_of = context.task_any"),
    (waits_in_one_file_only, STORY, "context.continue_as_new(payload)"),
    (waits_in_one_file_only, STORY, "try:\n    yield call\nexcept Exception:\n    yield call"),
    (
        races_no_activity,
        WAITING,
        "def wait(context):\n    sent = context.call_activity('send', {})\n    yield context.task_any([sent])",
    ),
    (sets_no_timer_over_a_day, WAITING, "def wait(context, until):\n    context.create_timer(until)"),
    (
        sets_no_timer_over_a_day,
        WAITING,
        "LONG = timedelta(days=2)\ndef wait(context):\n    context.create_timer(context.current_utc_datetime + LONG)",
    ),
    (
        sets_no_timer_over_a_day,
        WAITING,
        "def wait(context, a, b):\n    moment = min(a, b)\n    context.create_timer(moment)",
    ),
    (
        sets_no_timer_over_a_day,
        WAITING,
        "def wait(context):\n    pause = timedelta(minutes=1)\n    pause = 2 * pause\n"
        "    context.create_timer(context.current_utc_datetime + pause)",
    ),
    (
        sets_no_timer_over_a_day,
        WAITING,
        "DAY = timedelta(days=1)\ndef wait(context, until):\n"
        "    context.create_timer(max(until, context.current_utc_datetime + DAY))",
    ),
    (
        has_one_name_everywhere,
        "activities/send.py",
        "@bp.activity_trigger('payload')\nasync def submit(payload): ...",
    ),
    (
        has_one_name_everywhere,
        "activities/send.py",
        "@bp.activity_trigger(input_name='payload', activity='sendOnce')\nasync def send(payload): ...",
    ),
    (
        has_one_name_everywhere,
        STORY,
        "@bp.orchestration_trigger(context_name='c', orchestration='x')\ndef deliver_message(c): ...",
    ),
    (
        has_one_name_everywhere,
        "entities/conversation.py",
        "@bp.entity_trigger(context_name='c', entity_name='x')\ndef conversation(c): ...",
    ),
    (
        has_one_name_everywhere,
        STORY,
        "@bp.function_name('Story')\n@bp.orchestration_trigger(context_name='c')\ndef deliver_message(c): ...",
    ),
    (imports_nothing_of_the_world, STORY, "import os"),
    (imports_nothing_of_the_world, STORY, "import datetime, random"),
    (imports_nothing_of_the_world, STORY, "from delivery import clock"),
    (imports_nothing_of_the_world, STORY, "from activities.send import send"),
    (imports_nothing_of_the_world, STORY, "def deliver_message(context):\n    from uuid import uuid4"),
    (imports_nothing_of_the_world, STORY, "import logging"),
    (imports_nothing_of_the_world, STORY, "from . import secrets"),
    (asks_nobody_the_time, STORY, "began = datetime.now(UTC)"),
    (asks_nobody_the_time, STORY, "began = datetime.utcnow()"),
    (asks_nobody_the_time, STORY, "print(turn)"),
    (asks_nobody_the_time, STORY, "text = open('story.txt').read()"),
    (signals_with_a_dict, STORY, "context.signal_entity(conversation, 'message_finished')"),
    (signals_with_a_dict, STORY, "context.signal_entity(conversation, 'message_finished', {})"),
    (signals_with_a_dict, STORY, "context.signal_entity(conversation, 'message_finished', outcome)"),
    (signals_with_a_dict, STORY, "context.signal_entity(conversation, 'message_finished', {**outcome})"),
    (
        runs_as_the_worker_expects,
        "entities/conversation.py",
        "@bp.entity_trigger(context_name='c')\nasync def conversation(c): ...",
    ),
    (
        runs_as_the_worker_expects,
        STORY,
        "@bp.orchestration_trigger(context_name='c')\nasync def deliver_message(c): ...",
    ),
    (
        runs_as_the_worker_expects,
        "activities/send.py",
        "@in_our_words\n@bp.activity_trigger(input_name='payload')\nasync def send(payload): ...",
    ),
    (
        runs_as_the_worker_expects,
        "activities/send.py",
        "@bp.activity_trigger(input_name='payload')\n@in_our_words\ndef send(payload): ...",
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_our_durable_code_keeps_every_rule(file, rule):
    source = Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))

    assert list(rule(source)) == []


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN, ids=lambda value: getattr(value, "__name__", value))
def test_code_that_breaks_a_rule_is_told(rule, path, text):
    assert list(rule(Source(path, text)))


def test_every_rule_has_code_that_breaks_it():
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_the_rules_see_the_code_that_there_is():
    sources = [Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in FILES]
    durable = {function.name for source in sources for function in source.durable_functions()}
    waiting = next(source for source in sources if source.path == WAITING)

    assert durable >= {"deliver_message", "take_next_step", "send", "conversation"}
    assert set(waiting.uses("create_timer", "task_any", "call_activity")) == {
        "create_timer",
        "task_any",
        "call_activity",
    }
