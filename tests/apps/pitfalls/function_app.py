"""What goes wrong with durable workflows in Python, one function each."""

import asyncio
import threading
from datetime import datetime, timedelta, timezone

import azure.durable_functions as df

app = df.DFApp()
MINUTE = timedelta(minutes=1)
TWICE = df.RetryOptions(first_retry_interval_in_milliseconds=1000, max_number_of_attempts=2)
may_end = asyncio.Event()
may_go_on = threading.Event()


@app.activity_trigger(input_name="number")
async def double(number: int) -> int:
    return 2 * number


@app.activity_trigger(input_name="payload")
async def explode(payload: dict) -> None:
    raise ValueError("it does not work")


@app.activity_trigger(input_name="payload")
async def waits(payload: dict) -> str:
    await may_end.wait()
    return "waited"


# Where Azure hangs or fails


@app.orchestration_trigger(context_name="context")
def fresh_wait_beside_an_old_timer(context):
    timer = context.create_timer(context.current_utc_datetime + MINUTE)
    yield context.task_any([context.wait_for_external_event("e"), timer])
    yield context.task_any([context.wait_for_external_event("e"), timer])
    return (yield context.call_activity("double", 1))


@app.orchestration_trigger(context_name="context")
def wait_kept_open_beside_an_activity(context):
    call = context.call_activity("waits", {})
    yield context.task_any([call, context.wait_for_external_event("e")])
    yield context.task_any([call, context.wait_for_external_event("e")])
    return "done"


@app.orchestration_trigger(context_name="context")
def retries_raced_against_a_timer(context):
    timer = context.create_timer(context.current_utc_datetime + 60 * MINUTE)
    yield context.task_any([context.call_activity_with_retry("explode", TWICE, {}), timer])
    timer.cancel()
    return (yield context.call_activity("double", 1))


@app.orchestration_trigger(context_name="context")
def loser_left_open(context):
    timer = context.create_timer(context.current_utc_datetime + MINUTE)
    yield context.task_any([context.wait_for_external_event("e"), timer])
    return "done"


@app.orchestration_trigger(context_name="context")
def slower_activity_left_open(context):
    yield context.task_any([context.call_activity("waits", {}), context.call_activity("double", 1)])
    return "done"


@app.orchestration_trigger(context_name="context")
def cancels_a_long_timer(context):
    timer = context.create_timer(context.current_utc_datetime + timedelta(days=7))
    yield context.task_any([context.wait_for_external_event("e"), timer])
    timer.cancel()
    return "done"


@app.orchestration_trigger(context_name="context")
def all_fail_early(context):
    pause = context.create_timer(context.current_utc_datetime + MINUTE)
    try:
        yield context.task_all([context.call_activity("explode", {}), pause])
    except Exception:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return (yield context.call_activity("double", 1))


@app.orchestration_trigger(context_name="context")
def all_fail_early_inside_any(context):
    pause = context.create_timer(context.current_utc_datetime + MINUTE)
    both = context.task_all([context.call_activity("explode", {}), pause])
    yield context.task_any([both, context.wait_for_external_event("never")])
    return (yield context.wait_for_external_event("e"))


@app.orchestration_trigger(context_name="context")
def two_waits_for_one_early_event(context):
    yield context.wait_for_external_event("begin")
    first = yield context.wait_for_external_event("e")
    second = yield context.wait_for_external_event("e")
    return [first, second]


@app.orchestration_trigger(context_name="context")
def another_case(context):
    return (yield context.wait_for_external_event("Go"))


@app.orchestration_trigger(context_name="context")
def blocks(context):
    """An orchestrator must not wait for anything but its tasks."""
    may_go_on.wait(timeout=20)
    return "at last"


# Lost, doubled, misread


@app.orchestration_trigger(context_name="context")
def abandoned_wait(context):
    """The old wait swallows an event that comes while no newer one is open."""
    old = context.wait_for_external_event("e")
    timer = context.create_timer(context.current_utc_datetime + MINUTE)
    yield context.task_any([old, timer])
    yield context.wait_for_external_event("go on")
    context.set_custom_status({"old wait": old.result})
    return (yield context.wait_for_external_event("e"))


@app.orchestration_trigger(context_name="context")
def failed_winner(context):
    call = context.call_activity("explode", {})
    winner = yield context.task_any([call, context.wait_for_external_event("never")])
    seen = type(winner.result).__name__
    try:
        yield winner
    except Exception as error:  # noqa: BLE001  # this is what is tested
        return [seen, type(error).__name__]


@app.orchestration_trigger(context_name="context")
def aware_time_elsewhere(context):
    """Noon in a zone two hours east is ten o'clock UTC; the SDK prints it as noon UTC."""
    moment = context.current_utc_datetime.astimezone(timezone(timedelta(hours=2)))
    yield context.create_timer(moment)
    return "fired"


@app.orchestration_trigger(context_name="context")
def naive_time(context):
    yield context.create_timer(datetime(2030, 1, 1, 12, 1))  # noqa: DTZ001  # this is what is tested


@app.orchestration_trigger(context_name="context")
def cancels_a_fired_timer(context):
    timer = context.create_timer(context.current_utc_datetime)
    yield timer
    timer.cancel()


@app.orchestration_trigger(context_name="context")
def yields_a_number(context):
    yield 5


@app.orchestration_trigger(context_name="context")
def yields_one_task_twice(context):
    call = context.call_activity("double", 1)
    first = yield call
    second = yield call
    winner = yield context.task_any([call])
    return [first, second, winner is call, (yield context.task_all([call]))]


@app.orchestration_trigger(context_name="context")
def yields_tasks_in_another_order(context):
    """Tasks are numbered when they are yielded; one that is never yielded is never scheduled."""
    first, second = context.call_activity("double", 1), context.call_activity("double", 2)
    context.call_activity("explode", {})
    later = yield second
    return [later, (yield first)]


@app.orchestration_trigger(context_name="context")
def yields_nothing_together(context):
    return [(yield context.task_all([])), (yield context.task_any([]))]


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    @staticmethod
    def to_json(point: "Point") -> dict:
        return {"x": point.x}

    @staticmethod
    def from_json(data: dict) -> "Point":
        return Point(data["x"])


@app.activity_trigger(input_name="point")
def moved(point: Point) -> Point:
    return Point(point.x + 1)


@app.orchestration_trigger(context_name="context")
def carries_an_object(context):
    point = yield context.call_activity(moved, Point(1))
    return point.x


@app.orchestration_trigger(context_name="context")
def returns_an_object(context):
    yield context.call_activity("double", 1)
    return Point(1)


@app.activity_trigger(input_name="payload")
def wrongly_annotated(payload: dict) -> int:
    return "text"


@app.orchestration_trigger(context_name="context")
def calls_the_wrongly_annotated(context):
    return (yield context.call_activity(wrongly_annotated, {}))


@app.activity_trigger(input_name="payload")
def not_json(payload: dict) -> object:
    return object()


@app.orchestration_trigger(context_name="context")
def calls_not_json(context):
    yield context.call_activity("not_json", {})


@app.orchestration_trigger(context_name="context")
def no_generator(context):
    return "at once"


@app.orchestration_trigger(context_name="context")
def no_generator_and_fails(context):
    raise KeyError("no generator")


@app.orchestration_trigger(context_name="context")
def clears_its_status(context):
    context.set_custom_status({"step": 1})
    yield context.call_activity("double", 1)
    context.set_custom_status({})
    yield context.wait_for_external_event("e")


@app.orchestration_trigger(context_name="context")
def fails_without_words(context):
    yield context.call_activity("double", 1)
    raise ValueError


@app.orchestration_trigger(context_name="context")
def tells_whether_it_replays(context):
    seen = [context.is_replaying]
    yield context.call_activity("double", 1)
    seen.append(context.is_replaying)
    yield context.call_activity("double", 2)
    return [*seen, context.is_replaying]


@app.orchestration_trigger(context_name="context")
def makes_ids(context):
    first = [context.new_uuid(), context.new_uuid()]
    yield context.call_activity("double", 1)
    context.set_custom_status(first)
    yield context.wait_for_external_event("e")
    return [*first, context.new_uuid()]


# Entities


@app.entity_trigger(context_name="context")
def notes(context):
    state = context.get_state(list)
    match context.operation_name:
        case "add":
            context.set_state([*state, context.get_input()["text"]])
            context.set_result("added")
        case "silent":
            context.set_state([*state, "silent"])
        case "add then fail":
            context.set_state([*state, "half"])
            raise ValueError("half done")
        case "needs input":
            context.set_state([*state, context.get_input()])
        case "null":
            context.set_state(None)
        case "destruct":
            context.destruct_on_exit()


@app.orchestration_trigger(context_name="context")
def results_in_one_batch(context):
    """Two calls in one yield are one batch; the second sets no result."""
    entity = df.EntityId("notes", context.instance_id)
    return (
        yield context.task_all(
            [context.call_entity(entity, "add", {"text": "a"}), context.call_entity(entity, "silent", {})]
        )
    )


@app.orchestration_trigger(context_name="context")
def calls_an_unknown_entity(context):
    yield context.call_entity(df.EntityId("nobody", "1"), "read")


@app.orchestration_trigger(context_name="context")
def calls_an_unknown_child(context):
    yield context.call_sub_orchestrator("nobody")


@app.orchestration_trigger(context_name="context")
def calls_itself(context):
    yield context.call_sub_orchestrator("calls_itself", instance_id=context.instance_id)
