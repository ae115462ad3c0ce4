"""Functions that show what a request and an event look like when they arrive."""

import json
import threading
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
handled = []


@app.route(route="echo/{word}/{number:int}", methods=["POST"])
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    seen = {
        "method": req.method,
        "url": req.url,
        "query": dict(req.params),
        "route": dict(req.route_params),
        "header": req.headers.get("X-Test"),
        "body": req.get_body().decode(),
        "function": context.function_name,
        "has_id": bool(context.invocation_id),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json", headers={"X-Answer": "yes"})


@app.route(route="echo/{word}/special")
def special(req: func.HttpRequest) -> str:
    return f"{req.method} on thread {threading.current_thread().name}"


@app.route(route="files/{*path}", methods=["GET"])
def files(req: func.HttpRequest) -> str:
    return req.route_params.get("path", "none")


@app.route(methods=["POST"])
def bytes_back(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), status_code=201, mimetype="application/octet-stream")


@app.route(methods=["POST"])
def explode(req: func.HttpRequest) -> str:
    raise ValueError("it does not work")


@app.route(methods=["POST"])
def says_nothing(req: func.HttpRequest):
    return None


@app.route()
def who_am_i(req: func.HttpRequest, context: func.Context) -> str:
    return json.dumps(
        {
            "name": context.function_name,
            "has_its_file": (Path(context.function_directory) / "function_app.py").is_file(),
            "trace_parent": context.trace_context.Traceparent,
            "retry_count": context.retry_context.retry_count,
            "has_thread_local_storage": isinstance(context.thread_local_storage, threading.local),
        }
    )


@app.event_grid_trigger(arg_name="event")
def echo_event(event: func.EventGridEvent):
    return event.id


@app.event_grid_trigger(arg_name="event")
def take_text(event: str) -> None:
    handled.append((type(event).__name__, json.loads(event)))


@app.event_grid_trigger(arg_name="event")
async def record_event(event) -> None:
    data = event.get_json()
    handled.append((type(event).__name__, event.id, data))
    if data.get("fails"):
        raise ValueError("it does not work")
