"""HTTP polling: order something of another service, then ask for its state until it is done.

The workflow asks by itself: the SDK 1.7.0 does not let the host poll for it.
"""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("order", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.route(route="orders", methods=["POST"])
async def orders(req: func.HttpRequest) -> func.HttpResponse:
    """The other service: the order is done at the third question."""
    return func.HttpResponse(status_code=202, headers={"Location": "orders/3"})


@app.route(route="orders/{left:int}", methods=["GET"])
async def state_of_order(req: func.HttpRequest) -> func.HttpResponse:
    left = int(req.route_params["left"])
    if left:
        return func.HttpResponse(status_code=202, headers={"Location": f"orders/{left - 1}"})
    return func.HttpResponse('{"parcel": "P-1"}', mimetype="application/json")


@app.orchestration_trigger(context_name="context")
def order(context):
    service, questions = context.get_input()["service"], 0
    answer = yield context.call_http("POST", f"{service}/orders", {"what": "a book"})
    while answer["statusCode"] == 202:
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=30))
        questions += 1
        answer = yield context.call_http("GET", f"{service}/{answer['headers']['Location']}")
    return {"questions": questions, "answer": answer["content"]}
