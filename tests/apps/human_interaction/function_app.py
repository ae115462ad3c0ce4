"""Human interaction: ask somebody, remind after a day, give up after two."""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("approval", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.route(route="approve/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def approve(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.raise_event(req.route_params["id"], req.params["event"], {"by": "Ada"})
    return func.HttpResponse(status_code=202)


@app.orchestration_trigger(context_name="context")
def approval(context):
    """Each wait has an event of its own: one name for two waits is lost or doubled in 1.x."""
    for day in (1, 2):
        yield context.call_activity("ask", {"day": day})
        context.set_custom_status({"answer with": f"approved-{day}"})
        deadline = context.create_timer(context.current_utc_datetime + timedelta(days=1))
        answer = context.wait_for_external_event(f"approved-{day}")
        if (yield context.task_any([answer, deadline])) is answer:
            deadline.cancel()
            return {"approved": True, "day": day}
    return {"approved": False}


@app.activity_trigger(input_name="question")
def ask(question: dict) -> None:
    return None
