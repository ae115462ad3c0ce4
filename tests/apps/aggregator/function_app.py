"""Aggregator: an entity that adds up what comes from many sides, and a workflow that asks it."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("transfer", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.route(route="accounts/{key}", methods=["GET", "POST"])
@app.durable_client_input(client_name="client")
async def accounts(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    account = df.EntityId("account", req.route_params["key"])
    if req.method == "POST":
        await client.signal_entity(account, "add", req.get_json())
        return func.HttpResponse(status_code=202)
    state = await client.read_entity_state(account)
    return func.HttpResponse(str(state.entity_state), status_code=200 if state.entity_exists else 404)


@app.entity_trigger(context_name="context")
def account(context):
    balance = context.get_state(int)
    match context.operation_name:
        case "add":
            balance += context.get_input()["amount"]
        case "take":
            amount = context.get_input()["amount"]
            if amount > balance:
                raise ValueError("not enough")
            balance -= amount
    context.set_state(balance)
    context.set_result(balance)


@app.orchestration_trigger(context_name="context")
def transfer(context):
    order = context.get_input()
    source, target = df.EntityId("account", order["from"]), df.EntityId("account", order["to"])
    try:
        left = yield context.call_entity(source, "take", {"amount": order["amount"]})
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return {"moved": False, "why": str(error)}
    context.signal_entity(target, "add", {"amount": order["amount"]})
    return {"moved": True, "left": left}
