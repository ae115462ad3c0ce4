"""Monitor: look at something at growing intervals until it is ready or an hour is over."""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("monitor", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger(context_name="context")
def monitor(context):
    end = context.current_utc_datetime + timedelta(hours=1)
    pause = timedelta(minutes=5)
    looks = 0
    while context.current_utc_datetime < end:
        looks += 1
        if (yield context.call_activity("is_ready", {"look": looks, **context.get_input()})):
            return {"ready": True, "looks": looks}
        yield context.create_timer(context.current_utc_datetime + pause)
        pause *= 2
    return {"ready": False, "looks": looks}


@app.activity_trigger(input_name="question")
def is_ready(question: dict) -> bool:
    return question["look"] >= question["readyAt"]
