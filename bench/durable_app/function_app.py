"""Workflows whose own work is nothing, so that what is measured is the engine and the SDK."""

import azure.durable_functions as df

app = df.DFApp()


@app.activity_trigger(input_name="number")
async def nothing(number: int) -> int:
    return number


@app.orchestration_trigger(context_name="context")
def errand(context):
    """An activity, an event, an activity."""
    first = yield context.call_activity("nothing", 1)
    yield context.wait_for_external_event("go")
    return (yield context.call_activity("nothing", first))


@app.orchestration_trigger(context_name="context")
def in_a_row(context):
    for number in range(context.get_input()):
        yield context.call_activity("nothing", number)
