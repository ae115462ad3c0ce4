"""An activity that ends the process whenever it runs."""

import os

import azure.durable_functions as df

app = df.DFApp()


@app.activity_trigger(input_name="order")
def ends_the_process(order: dict) -> None:
    os._exit(3)


@app.activity_trigger(input_name="order")
def does_nothing(order: dict) -> str:
    return "nothing"


@app.orchestration_trigger(context_name="context")
def careless(context):
    try:
        yield context.call_activity("ends_the_process", {"number": 7})
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return [str(error), (yield context.call_activity("does_nothing", {}))]
