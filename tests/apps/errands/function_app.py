"""Errands that write down when they begin, and end when a file says so: for tests that kill the host meanwhile."""

import asyncio
from pathlib import Path

import azure.durable_functions as df

app = df.DFApp()


@app.orchestration_trigger(context_name="context")
def errand(context):
    """Input: {"folder"}. Two steps, an event, and a signal to the entity that counts errands."""
    folder = context.get_input()["folder"]
    yield context.call_activity("step", {"folder": folder, "name": "first"})
    yield context.call_activity("step", {"folder": folder, "name": "second"})
    yield context.wait_for_external_event("go")
    return (yield context.call_entity(df.EntityId("errands", "all"), "count", {"one": 1}))


@app.activity_trigger(input_name="payload")
async def step(payload: dict) -> str:
    folder, name = Path(payload["folder"]), payload["name"]
    with (folder / f"{name}.begun").open("a") as file:
        file.write("x")
    while not (folder / f"{name}.allowed").exists():  # noqa: ASYNC110  # the test is another process
        await asyncio.sleep(0.01)
    return name


@app.entity_trigger(context_name="context")
def errands(context):
    total = context.get_state(lambda: 0) + context.get_input()["one"]
    context.set_state(total)
    context.set_result(total)
