"""Workflows that say under which version they run."""

import json

import azure.durable_functions as df

app = df.DFApp()


@app.activity_trigger(input_name="order")
def does_nothing(order: dict) -> None:
    return None


@app.orchestration_trigger(context_name="context")
def says_its_version(context):
    yield context.call_activity("does_nothing", {})
    return context.version


@app.orchestration_trigger(context_name="context")
def asks_two_children(context):
    """Its own version, that of a child without one, and that of a child with one."""
    plain = yield context.call_sub_orchestrator("says_its_version")
    chosen = yield context.call_sub_orchestrator("says_its_version", version="1.9")
    return [context.version, plain, chosen]


@app.orchestration_trigger(context_name="context")
def goes_on_as_new(context):
    yield context.call_activity("does_nothing", {})
    if context.get_input() == "again":
        return context.version
    context.continue_as_new("again")
    return None


@app.orchestration_trigger(context_name="context")
def waits(context):
    return json.loads((yield context.wait_for_external_event("go")))
