"""Chaining: each step takes the result of the one before."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("pipeline", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger(context_name="context")
def pipeline(context):
    text = yield context.call_activity("trim", context.get_input()["text"])
    words = yield context.call_activity("split", text)
    return (yield context.call_activity("count", words))


@app.activity_trigger(input_name="text")
def trim(text: str) -> str:
    return text.strip()


@app.activity_trigger(input_name="text")
def split(text: str) -> list:
    return text.split()


@app.activity_trigger(input_name="words")
def count(words: list) -> dict:
    return {word: words.count(word) for word in words}
