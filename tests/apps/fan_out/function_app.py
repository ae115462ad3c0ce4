"""Fan-out and fan-in: as many activities as there is work, then one sum."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("total_price", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger(context_name="context")
def total_price(context):
    items = yield context.call_activity("items_of", context.get_input()["order"])
    prices = yield context.task_all([context.call_activity("price_of", item) for item in items])
    return sum(prices)


@app.activity_trigger(input_name="order")
async def items_of(order: int) -> list:
    return [{"order": order, "number": number} for number in range(order)]


@app.activity_trigger(input_name="item")
async def price_of(item: dict) -> int:
    return int(item["number"])
