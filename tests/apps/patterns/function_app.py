"""The patterns of durable workflows that the engine's tests run, one function each."""

from collections import Counter
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
MINUTE = timedelta(minutes=1)
calls = Counter()


@app.route(route="begin/{name}/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    instance_id = await client.start_new(req.route_params["name"], req.route_params.get("id"))
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def chain(context):
    first = yield context.call_activity("double", context.get_input()["number"])
    second = yield context.call_activity("double", first)
    return {"result": second}


@app.activity_trigger(input_name="number")
async def double(number: int) -> int:
    return 2 * number


@app.activity_trigger(input_name="number")
def double_in_a_thread(number: int) -> int:
    return 2 * number


@app.orchestration_trigger(context_name="context")
def fan_out(context):
    numbers = yield context.task_all([context.call_activity("double_in_a_thread", n) for n in range(10)])
    return sum(numbers)


@app.orchestration_trigger(context_name="context")
def doorbell(context):
    """Wait for each of some events for a minute; what rang, in order."""
    heard = []
    for name in context.get_input()["names"]:
        context.set_custom_status({"waits": name})
        timer = context.create_timer(context.current_utc_datetime + MINUTE)
        rung = context.wait_for_external_event(name)
        if (yield context.task_any([rung, timer])) is rung:
            timer.cancel()
            heard.append(name)
        else:
            heard.append("silence")
    yield context.call_activity("double", 1)
    return heard


@app.orchestration_trigger(context_name="context")
def one_event(context):
    context.set_custom_status("waiting")
    return (yield context.wait_for_external_event("go"))


@app.orchestration_trigger(context_name="context")
def unhandled(context):
    yield context.call_activity("explode", context.get_input())


@app.orchestration_trigger(context_name="context")
def handled(context):
    try:
        yield context.call_activity("explode", context.get_input())
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


@app.activity_trigger(input_name="payload")
def explode(payload: str) -> None:
    raise ValueError("it does not work")


@app.orchestration_trigger(context_name="context")
def calls_nobody(context):
    yield context.call_activity("nobody", None)


@app.orchestration_trigger(context_name="context")
def signals_nobody(context):
    context.signal_entity(df.EntityId("nobody", "1"), "add", {"by": 1})
    yield context.call_activity("double", 1)


@app.orchestration_trigger(context_name="context")
def hangs_in_azure(context):
    """A wait renewed beside a timer that is under way already: the host sees the new wait alone."""
    timer = context.create_timer(context.current_utc_datetime + MINUTE)
    yield context.task_any([context.wait_for_external_event("go"), timer])
    yield context.task_any([context.wait_for_external_event("go"), timer])
    yield context.call_activity("double", 1)


@app.orchestration_trigger(context_name="context")
def lingers_in_azure(context):
    timer = context.create_timer(context.current_utc_datetime + MINUTE)
    yield context.task_any([context.wait_for_external_event("go"), timer])
    return "done"


@app.orchestration_trigger(context_name="context")
def retries(context):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=3)
    return (yield context.call_activity_with_retry("third_time_lucky", options, context.get_input()))


@app.activity_trigger(input_name="payload")
async def third_time_lucky(payload: dict) -> int:
    calls[payload["name"]] += 1
    if calls[payload["name"]] < payload["lucky"]:
        raise ValueError("not yet")
    return calls[payload["name"]]


@app.orchestration_trigger(context_name="context")
def counts_down(context):
    left = context.get_input()["left"]
    if left:
        yield context.call_activity("double", left)
        context.continue_as_new({"left": left - 1})
        return None
    return "lift-off"


@app.orchestration_trigger(context_name="context")
def parent(context):
    try:
        return (yield context.call_sub_orchestrator(context.get_input()["child"], {"number": 5}, "the-child"))
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


@app.orchestration_trigger(context_name="context")
def failing_child(context):
    yield context.call_activity("double", 1)
    raise ValueError("the child fails")


@app.orchestration_trigger(context_name="context")
def counts_with_an_entity(context):
    entity = df.EntityId("counter", context.instance_id)
    context.signal_entity(entity, "add", {"by": 2})
    context.signal_entity(entity, "fail", {"by": 100})
    return (yield context.call_entity(entity, "add", {"by": 3}))


@app.orchestration_trigger(context_name="context")
def asks_for_a_failure(context):
    try:
        yield context.call_entity(df.EntityId("counter", "x"), "fail", {"by": 1})
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


@app.entity_trigger(context_name="context")
def counter(context):
    total = context.get_state(lambda: 0) + context.get_input()["by"]
    if context.operation_name == "fail":
        raise ValueError("no such operation")
    if context.operation_name == "break":
        context.set_state(object() if calls["break"] == 0 else total)
        calls["break"] += 1
    else:
        context.set_state(total)
    context.set_result(total)


@app.orchestration_trigger(context_name="context")
def status_of_size(context):
    context.set_custom_status("x" * context.get_input()["characters"])
    yield context.call_activity("double", 1)
    return "fine"


@app.orchestration_trigger(context_name="context")
def sleeps_for_ten_days(context):
    """Beyond six days the SDK makes legs of three days, until what is left is no more than six."""
    yield context.create_timer(context.current_utc_datetime + timedelta(days=10))
    return "awake"


@app.orchestration_trigger(context_name="context")
def calls_the_web(context):
    yield context.call_http("GET", "https://example.com")


@app.orchestration_trigger(context_name="context")
def waits_for_nothing(context):
    yield context.call_activity("double", 1)
    yield None


@app.orchestration_trigger(context_name="context")
def the_time(context):
    """The times of two runs, the second continued as new."""
    now = context.current_utc_datetime.isoformat()
    before = context.get_input()
    yield context.call_activity("double", 1)
    if before:
        return [*before["times"], now]
    context.continue_as_new({"times": [now]})
    return None
