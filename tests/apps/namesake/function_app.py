"""An app whose modules are named as Landfall's are, and which is served by Landfall's host all the same."""

import importlib
import os
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

import services
from domain.clock import NOON
from store import SHELF

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin", methods=["POST"])
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return client.create_check_status_response(req, await client.start_new("look_around"))


@app.orchestration_trigger(context_name="context")
def look_around(context):
    return (yield context.call_activity("found", {}))


@app.activity_trigger(input_name="order")
def found(order: dict) -> dict:
    return {
        "own modules": [SHELF, services.GREETING, NOON],
        "file": Path("greeting.txt").read_text(encoding="utf-8").strip(),
        "setting": os.environ["GREETING"],
        "others": [name for name in ("triggers", "group_commit", "settings") if _exists(name)],
        "strict": os.environ.get("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"),
    }


def _exists(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True
