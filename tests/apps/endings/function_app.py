"""Functions that raise what would end more than themselves."""

import asyncio

import azure.durable_functions as df

app = df.DFApp()

ENDS = {
    "SystemExit": SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "CancelledError": asyncio.CancelledError(),
    "StopIteration": StopIteration("no more"),
}


@app.orchestration_trigger(context_name="context")
def calls(context):
    order = context.get_input()
    try:
        yield context.call_activity(order["activity"], order["end"])
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


@app.orchestration_trigger(context_name="context")
def exits(context):
    yield context.call_activity("in_a_thread", "none")
    raise SystemExit(3)


@app.activity_trigger(input_name="end")
def in_a_thread(end: str) -> str:
    if end in ENDS:
        raise ENDS[end]
    return end


@app.activity_trigger(input_name="end")
async def on_the_loop(end: str) -> str:
    raise ENDS[end]
