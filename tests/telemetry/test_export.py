"""TELEMETRY=azure-monitor: Microsoft's own exporter, to a stand-in of Application Insights on a real socket."""

import asyncio
import gzip
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from local.environment import app_environment

ROOT = Path(__file__).parents[2]
KEY = "00000000-0000-4000-8000-000000000000"

A_WORKER = """
import asyncio, logging
import function_app
from opentelemetry import metrics, trace
from domain.messages.answers import Accepted
from telemetry.metrics import provider_call

async def accepted():
    return Accepted("message-1")

asyncio.run(provider_call("sms", accepted()))
logging.getLogger("triggers.timers.sweeper").error("not for the exporter")
trace.get_tracer_provider().shutdown()
metrics.get_meter_provider().shutdown()
"""

AS_IT_STARTS = """
import sys
import function_app
assert "opentelemetry.trace" in sys.modules
print([name for name in sys.modules if name.startswith(("azure.monitor", "azure.identity"))])
"""


@asynccontextmanager
async def application_insights():
    """What it was sent, item by item, and its connection string."""
    items = []

    async def track(request):
        body = await request.read()
        text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        try:
            received = json.loads(text)
        except ValueError:
            received = [json.loads(line) for line in text.splitlines()]
        items.extend(received)
        return web.json_response({"itemsReceived": len(received), "itemsAccepted": len(received), "errors": []})

    app = web.Application()
    app.add_routes([web.post("/v2.1/track", track)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield items, f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def run(script, directory, **settings):
    """What the script prints, in a process of its own on the settings of the local platform and these."""
    usual = {**os.environ, **app_environment(directory, local_port=1), "PYTHONPATH": str(ROOT)}
    environment = {**usual, "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true", **settings}
    command = [sys.executable, "-c", script]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def test_application_insights_gets_spans_and_metrics_and_no_log_lines(tmp_path):
    async with application_insights() as (items, connection_string):
        settings = {"TELEMETRY": "azure-monitor", "APPLICATIONINSIGHTS_CONNECTION_STRING": connection_string}
        await run(A_WORKER, tmp_path, **settings)

    told = {(item["data"]["baseType"], name_of(item["data"]["baseData"])): item["data"]["baseData"] for item in items}
    assert {kind for kind, _ in told} == {"RemoteDependencyData", "MetricData"}
    assert ("RemoteDependencyData", "submit sms") in told
    calls = told["MetricData", "landfall.provider.duration"]
    assert calls["metrics"][0]["count"] == 1
    assert calls["properties"].items() >= {"landfall.answer": "Accepted", "landfall.channel": "sms"}.items()


def name_of(data):
    return data["metrics"][0]["name"] if "metrics" in data else data["name"]


async def test_an_app_that_tells_nobody_does_not_import_the_exporter(tmp_path):
    assert await run(AS_IT_STARTS, tmp_path) == "[]\n"
