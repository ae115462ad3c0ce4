"""`/admin`: what the host runs, and functions run by hand."""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from azure.functions.meta import Datum

from local.host.app.app_function import App, AppFunction
from local.host.app.worker import Worker
from local.host.http.http_triggers import HttpTriggers
from local.host.schedules.timers import Timers
from local.work import WorkInHand

BASE = "/admin"


class Admin:
    """Answers requests below `/admin`."""

    def __init__(self, app: App, worker: Worker, timers: Timers, http: HttpTriggers, work: WorkInHand) -> None:
        self._functions = {function.name.lower(): function for function in app.functions}
        self._worker, self._timers, self._work = worker, timers, work
        self._paths = {route.function.name: http.path_of(route) for route in http.routes}
        self._running: set[asyncio.Task[Any]] = set()

    async def stop(self) -> None:
        """Give up what was run by hand."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """`path` is what follows the base."""
        origin = str(request.url.origin())
        match [request.method, *unquote(path).lower().strip("/").split("/")]:
            case ["GET", "host", "status"]:
                return web.json_response({"id": "local", "state": "Running", "version": "4.0", "processUptime": 0})
            case ["GET", "functions"]:
                return web.json_response([self._told(function, origin) for function in self._functions.values()])
            case ["GET", "functions", name] if function := self._functions.get(name):
                return web.json_response(self._told(function, origin))
            case ["POST", "functions", name] if function := self._functions.get(name):
                return await self._run(function, request)
            case [_, "host", "status"] | [_, "functions"]:
                return _not_allowed("GET")
            case [_, "functions", name] if name in self._functions:
                return _not_allowed("GET", "POST")
        return web.Response(status=404)

    async def _run(self, function: AppFunction, request: web.Request) -> web.Response:
        """202 before the function has run: only the log shows its result. 400 for a function that cannot be run by
        hand.
        """
        try:
            body = json.loads(await request.read())
            given = body.get("input", "")
        except (ValueError, RecursionError, AttributeError):
            return web.Response(status=400, text='The body must be JSON: {"input": "..."}')
        match function.kind:
            case "timerTrigger":
                self._start(self._timers.run(function.name))
            case "eventGridTrigger":
                event = given if isinstance(given, str) else json.dumps(given)
                self._start(self._worker.invoke(function, Datum(event, "json")))
            case kind:
                return web.Response(status=400, text=f"A function with a trigger of type {kind} is not run from here.")
        return web.Response(status=202)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        async def run() -> None:
            with suppress(Exception):  # the worker has logged it
                await work

        at_work = self._work.begin("function run by hand")
        task = asyncio.create_task(run())
        self._running.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: at_work.end())

    def _told(self, function: AppFunction, origin: str) -> dict[str, Any]:
        path = self._paths.get(function.name)
        return {
            "name": function.name,
            "href": f"{origin}{BASE}/functions/{function.name}",
            "invoke_url_template": origin + path if path else None,
            "language": "python",
            "config": {"bindings": function.bindings},
            "isDisabled": function.is_disabled,
        }


def _not_allowed(*methods: str) -> web.Response:
    return web.Response(status=405, headers={"Allow": ", ".join(methods)})
