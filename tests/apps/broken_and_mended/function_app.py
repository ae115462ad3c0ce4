"""Workflows with activities that fail until they are mended; `calls` says what was really run."""

from collections import Counter

import azure.durable_functions as df

app = df.DFApp()
calls: Counter[str] = Counter()
broken: set[str] = set()


@app.activity_trigger(input_name="name")
def step(name: str) -> str:
    calls[name] += 1
    if name in broken:
        raise ValueError(f"{name} is broken")
    return name


@app.orchestration_trigger(context_name="context")
def in_a_row(context):
    first = yield context.call_activity("step", "a")
    second = yield context.call_activity("step", "b")
    third = yield context.call_activity("step", "c")
    return [first, second, third]


@app.orchestration_trigger(context_name="context")
def side_by_side(context):
    first = yield context.call_activity("step", "first")
    return [first, *(yield context.task_all([context.call_activity("step", name) for name in ("a", "b", "c")]))]


@app.orchestration_trigger(context_name="context")
def with_retries(context):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=1000, max_number_of_attempts=2)
    first = yield context.call_activity("step", "first")
    names = ("a", "b")
    rest = yield context.task_all([context.call_activity_with_retry("step", options, name) for name in names])
    return [first, *rest]


@app.orchestration_trigger(context_name="context")
def parent(context):
    first = yield context.call_activity("step", "first")
    return [first, *(yield context.call_sub_orchestrator("in_a_row"))]


@app.orchestration_trigger(context_name="context")
def after_a_caught_error(context):
    try:
        yield context.call_activity("step", "caught")
    except Exception:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        yield context.call_activity("step", "handler")
    return (yield context.call_activity("step", "b"))


@app.orchestration_trigger(context_name="context")
def fails_by_itself(context):
    yield context.call_activity("step", "a")
    if "code" in broken:
        raise ValueError("the code is broken")
    return "fine"
