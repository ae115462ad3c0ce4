"""Sub-orchestrations, one of them with retries, and one that has to be undone."""

from collections import Counter

import azure.durable_functions as df
import azure.functions as func

tries: Counter[str] = Counter()
THRICE = df.RetryOptions(first_retry_interval_in_milliseconds=10_000, max_number_of_attempts=3)


app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("trip", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger(context_name="context")
def trip(context):
    plan = context.get_input()
    booked = yield context.task_all([context.call_sub_orchestrator("book", {"what": what}) for what in plan["sure"]])
    try:
        booked.append((yield context.call_sub_orchestrator_with_retry("book", THRICE, {"what": plan["shaky"]})))
    except Exception:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        yield context.task_all([context.call_activity("cancel", what) for what in booked])
        return {"booked": []}
    return {"booked": booked}


@app.orchestration_trigger(context_name="context")
def book(context):
    return (yield context.call_activity("reserve", context.get_input()["what"]))


@app.activity_trigger(input_name="what")
def reserve(what: str) -> str:
    tries[what] += 1
    if what == "never" or (what == "third time" and tries[what] < 3):
        raise ValueError(f"no {what}")
    return what


@app.activity_trigger(input_name="what")
def cancel(what: str) -> None:
    tries[f"cancelled {what}"] += 1
