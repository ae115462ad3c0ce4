"""Eternal: a counter that goes on as new every hour, until it is told to stop."""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("every_hour", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger(context_name="context")
def every_hour(context):
    state = context.get_input()
    yield context.call_activity("clean_up", state["runs"])
    context.set_custom_status({"runs": state["runs"] + 1})
    yield context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    context.continue_as_new({"runs": state["runs"] + 1})


@app.activity_trigger(input_name="runs")
def clean_up(runs: int) -> None:
    return None
