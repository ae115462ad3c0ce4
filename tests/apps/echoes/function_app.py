"""Says back what it was given, and shows what the SDK sends and receives."""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.orchestration_trigger(context_name="context")
def input_as_it_is(context):
    return context.get_input()


@app.activity_trigger(input_name="value")
async def given_back(value: object) -> object:
    return value


@app.orchestration_trigger(context_name="context")
def through_an_activity(context):
    return (yield context.call_activity("given_back", context.get_input()))


@app.orchestration_trigger(context_name="context")
def through_a_child(context):
    return (yield context.call_sub_orchestrator("input_as_it_is", context.get_input()))


@app.orchestration_trigger(context_name="context")
def child_of_this_parent(context):
    child = yield context.call_sub_orchestrator("who_am_i")
    return [context.instance_id, child]


@app.orchestration_trigger(context_name="context")
def who_am_i(context):
    return {"id": context.instance_id, "parent": context.parent_instance_id}


@app.orchestration_trigger(context_name="context")
def outlived_by_its_child(context):
    yield context.call_sub_orchestrator("waits", instance_id="the-child")


@app.orchestration_trigger(context_name="context")
def waits(context):
    return (yield context.wait_for_external_event("go"))


@app.orchestration_trigger(context_name="context")
def goes_on_as_new_between_events(context):
    """The first run waits for one event only; what else came before is lost with it."""
    if context.get_input() == "second run":
        return (yield context.wait_for_external_event("b"))
    context.set_custom_status("first run")
    yield context.wait_for_external_event("a")
    context.continue_as_new("second run")
    return None


@app.orchestration_trigger(context_name="context")
def goes_on_and_then_fails(context):
    yield context.call_activity("given_back", 1)
    context.continue_as_new("never")
    raise ValueError("after all")


@app.orchestration_trigger(context_name="context")
def pauses_for_nothing(context):
    yield context.create_timer(context.current_utc_datetime - timedelta(days=1))
    return "no pause"


@app.orchestration_trigger(context_name="context")
def fails(context):
    yield context.call_activity("given_back", 1)
    raise ValueError("on purpose")


@app.entity_trigger(context_name="context")
def box(context):
    if context.operation_name == "delete":
        context.destruct_on_exit()
    else:
        context.set_state(context.get_input())


@app.route(route="wait/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def wait(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    instance = await client.start_new(req.route_params["name"])
    return await client.wait_for_completion_or_create_check_status_response(req, instance, 5_000, 10)
