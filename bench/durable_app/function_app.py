# mypy: disallow-untyped-decorators=False, disallow-untyped-calls=False
"""Workflows whose own work is nothing, so that what is measured is the engine and the SDK."""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df  # its decorators carry no types

app = df.DFApp()


@app.activity_trigger(input_name="number")
async def nothing(number: int) -> int:
    return number


@app.orchestration_trigger(context_name="context")
def errand(context: df.DurableOrchestrationContext) -> Generator[Any, Any, int]:
    """An activity, an event, an activity."""
    first = yield context.call_activity("nothing", 1)
    yield context.wait_for_external_event("go")
    second: int = yield context.call_activity("nothing", first)
    return second


@app.orchestration_trigger(context_name="context")
def in_a_row(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    for number in range(int(context.get_input() or 0)):
        yield context.call_activity("nothing", number)
