"""A workflow that does what its input says, step by step, and returns what each step gave."""

from collections import Counter
from datetime import timedelta

import azure.durable_functions as df

app = df.DFApp()
TWICE = df.RetryOptions(first_retry_interval_in_milliseconds=1000, max_number_of_attempts=2)
MINUTE = timedelta(minutes=1)
executions: Counter[int] = Counter()


@app.orchestration_trigger(context_name="context")
def scripted(context):
    """Input: {"steps": [[word, number], ...], "done": [what earlier runs gave]}."""
    script = context.get_input()
    results = list(script["done"])
    for index, (word, number) in enumerate(script["steps"]):
        if word == "as new":
            context.continue_as_new({"steps": script["steps"][index + 1 :], "done": [*results, "as new"]})
            return None
        results.append((yield from STEPS[word](context, number)))
    return results


def one_activity(context, number):
    return (yield context.call_activity("work", number))


def many_activities(context, number):
    return (yield context.task_all([context.call_activity("work", number + more) for more in range(3)]))


def failing_activity(context, number):
    try:
        yield context.call_activity("fail", number)
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


def retried_activity(context, number):
    try:
        return (yield context.call_activity_with_retry("fail", TWICE, number))
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


def timer(context, number):
    yield context.create_timer(context.current_utc_datetime + MINUTE)
    return "time"


def early_event(context, number):
    """The event was raised before the workflow began; it is kept under a name of its own."""
    pause = context.create_timer(context.current_utc_datetime + MINUTE)
    event = context.wait_for_external_event(f"event-{number}")
    if (yield context.task_any([event, pause])) is event:
        pause.cancel()
        return event.result
    return "silence"


def missing_event(context, number):
    pause = context.create_timer(context.current_utc_datetime + MINUTE)
    event = context.wait_for_external_event("never")
    return "time" if (yield context.task_any([event, pause])) is pause else "event"


def child(context, number):
    return (yield context.call_sub_orchestrator("scripted", {"steps": [["one", number], ["timer", 0]], "done": []}))


def entity_call(context, number):
    return (yield context.call_entity(df.EntityId("total", "all"), "add", {"by": number}))


def entity_signal(context, number):
    context.signal_entity(df.EntityId("total", "all"), "add", {"by": number})
    return (yield context.call_activity("work", number))


STEPS = {
    "one": one_activity,
    "many": many_activities,
    "failing": failing_activity,
    "retried": retried_activity,
    "timer": timer,
    "early": early_event,
    "missing": missing_event,
    "child": child,
    "call": entity_call,
    "signal": entity_signal,
}


@app.activity_trigger(input_name="number")
async def work(number: int) -> int:
    executions[number] += 1
    return 10 * number


@app.activity_trigger(input_name="number")
async def fail(number: int) -> None:
    raise ValueError(f"{number} fails")


@app.entity_trigger(context_name="context")
def total(context):
    value = context.get_state(int) + context.get_input()["by"]
    context.set_state(value)
    context.set_result(value)
