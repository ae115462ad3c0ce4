"""The Functions host: one app, one durable engine, one port on the loopback interface."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from aiohttp import web
from azure.durable_functions.models.utils import http_utils

from local.clock import Clock
from local.durable.api.client import Client
from local.durable.api.client_binding import NO_KEY, PUBLIC_BASE, RPC_BASE, binding_value
from local.durable.api.management_api import ManagementApi
from local.durable.engine import Engine
from local.durable.persistence.schema import UnknownVersion
from local.durable.persistence.storage import DataDirectoryInUse
from local.home_page import home_page
from local.host.app.any_app import make_room_for
from local.host.app.app_clock import lent
from local.host.app.app_function import App
from local.host.app.app_loader import load_app
from local.host.app.worker import Worker
from local.host.http.admin import BASE as ADMIN_BASE
from local.host.http.admin import Admin
from local.host.http.clock_admin import PATH as CLOCK_PATH
from local.host.http.clock_admin import move
from local.host.http.cors import Cors
from local.host.http.event_grid import PATH as EVENT_GRID_PATH
from local.host.http.event_grid import EventGridWebhook
from local.host.http.gate import Gate, refused
from local.host.http.http_triggers import HttpTriggers
from local.host.http.keys import Keys, keys_of
from local.host.schedules.timer_statuses import TimerStatuses
from local.host.schedules.timers import Timers
from local.host.starting.before_start import check_data_directory, check_ports
from local.host.starting.cannot_start import CannotStart
from local.host.starting.log_lines import log_to_stderr
from local.host.starting.settings_file import cors_of, settings_of
from local.virtual_time import VirtualClock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NO_OTHER_ORIGIN = Cors()
ADDRESS = "127.0.0.1"
LARGEST_BODY = 100 * 1024 * 1024  # what Azure's HTTP front end takes


class Host:
    """Serves an app until stopped. Started again on the same data directory, it goes on where it was.

    With `keys` it asks whoever calls for one of them.
    """

    def __init__(
        self,
        app: App,
        data_directory: Path,
        port: int = 0,
        clock: Clock | None = None,
        keys: Keys | None = None,
        cors: Cors = NO_OTHER_ORIGIN,
    ) -> None:
        self.app = app
        self.port = port
        self._data_directory = data_directory
        self._clock = clock or Clock()
        self._gate = Gate(keys)
        self._cors = cors
        self._durable_key = keys.durable if keys else NO_KEY

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    async def start(self) -> None:
        """Recover and serve; then `port` is the real one. Raises what its parts do; `CannotStart` for the port."""
        with ExitStack() as undo:
            listener = undo.enter_context(_listener(self.port))
            self.port = listener.getsockname()[1]
            os.environ["WEBSITE_HOSTNAME"] = f"{ADDRESS}:{self.port}"  # as Core Tools do, and Azure with its own name
            self._worker = Worker(self.app, binding_value(self.url, self.app.host.hub_name, self._durable_key))
            self._timers = Timers(self.app, self._worker, self._clock, TimerStatuses(self._data_directory))
            self._engine = Engine(self._data_directory, self._worker, self._clock, self.app.host.limits)
            undo.enter_context(lent(self._clock))
            self._held = undo.pop_all()
        self.client = Client(self._engine, self.app.host.replaces_live)
        self._management = ManagementApi(self.client, self.app.host.hub_name, self._durable_key)
        self._http = HttpTriggers(self.app, self._worker, self._gate)
        self._admin = Admin(self.app, self._worker, self._timers, self._http, self._clock.work)
        self._event_grid = EventGridWebhook(self.app, self._worker)
        self._runner = await _serve(self._answer, listener)
        self._engine.start()
        self._timers.start()

    async def stop(self) -> None:
        """Stop at once. What is under way is stored, and goes on with the next start."""
        for at_work in (self._admin.stop, self._timers.stop, self._engine.stop):
            await at_work()  # before the API is gone: no function may fail for want of it
        await self._runner.cleanup()
        self._engine.storage.close()
        self._worker.stop()
        self._held.close()
        await http_utils._close_session()  # the SDK keeps one session for the process, bound to this event loop
        http_utils._session_lock = asyncio.Lock()

    def describe(self) -> list[str]:
        """The functions as `func start` prints them: HTTP functions with their URLs, others with their triggers."""
        urls = {route.function.name: route for route in self._http.routes}
        return [
            f"{name}: [{','.join(urls[name].methods)}] {self.url}{self._http.path_of(urls[name])}"
            if (name := function.name) in urls
            else f"{name}: {function.kind}{' (disabled)' if function.is_disabled else ''}"
            for function in self.app.functions
        ]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return self._cors.admit(request, self._cors.preflight(request) or await self._handle(request))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        lower = path.lower()
        if lower.startswith(f"{RPC_BASE}/"):
            return await self._management.handle(request, path[len(RPC_BASE) :])
        if lower.startswith(f"{PUBLIC_BASE}/"):
            admitted = self._gate.admits_to_workflows(request)
            return await self._management.handle(request, path[len(PUBLIC_BASE) :]) if admitted else refused()
        if lower == EVENT_GRID_PATH and request.method in ("POST", "OPTIONS"):
            admitted = self._gate.admits_to_event_grid(request)
            with self._clock.work.begin("event"):
                return await self._event_grid.handle(request) if admitted else refused()
        if lower.startswith(f"{ADMIN_BASE}/"):
            if not self._gate.admits_to_admin(request):
                return refused()
            if lower == CLOCK_PATH and isinstance(self._clock, VirtualClock):
                return await move(self._clock, request)
            return await self._admin.handle(request, path[len(ADMIN_BASE) :])
        with self._clock.work.begin("request"):
            answer = await self._http.handle(request)
        return self._home() if path == "/" and answer.status == 404 and request.method in ("GET", "HEAD") else answer

    def _home(self) -> web.Response:
        """Where somebody ends who opens the port in a browser."""
        pages = [self._http.path_of(route) for route in self._http.routes if route.is_a_page]
        links = [(path, "") for path in pages]
        links.append((f"{ADMIN_BASE}/functions", "the functions of this app"))
        links.append((f"{PUBLIC_BASE}/instances", "its workflows"))
        return home_page("The local Functions host", links)


async def _serve(handle: Handler, listener: socket.socket) -> web.AppRunner:
    server = web.Application(client_max_size=LARGEST_BODY)
    server.router.add_route("*", "/{path:(?s:.*)}", handle)
    # as in Azure, nobody decompresses what a client has compressed
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1, auto_decompress=False)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


def _listener(port: int) -> socket.socket:
    """A socket of our own, since URLs with the real port are needed before the first request comes."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotStart(f"port {port} cannot be used: {getattr(error, 'strerror', error)}") from error
    return listener


def run(app_directory: Path, port: int, data_directory: Path, clock: Clock, *, auth: bool = False) -> None:
    """Serve an app until SIGINT or SIGTERM; returns never. A start that fails ends the process with status 1."""
    log_to_stderr()
    logging.getLogger("azure").setLevel(logging.WARNING)  # its HTTP log prints URLs, and so addresses
    logging.getLogger("azure.functions").setLevel(logging.INFO)
    # An event before its wait is kept and wanted; Python would remember each text of this warning for ever.
    warnings.filterwarnings("ignore", "Potential duplicate Task completion")
    app_directory, data_directory = app_directory.resolve(), data_directory.resolve()
    loop = asyncio.new_event_loop()
    try:
        if port:  # 0: any that is free
            check_ports(port)
        check_data_directory(data_directory)
        loop.run_until_complete(
            _run(app_directory, port, data_directory, clock, keys_of(data_directory) if auth else None)
        )
    except (CannotStart, DataDirectoryInUse, UnknownVersion) as error:
        _exit(1, f"Cannot start: {error}")
    except Exception:  # noqa: BLE001  # whatever the app raised while it was imported
        _exit(1, traceback.format_exc())
    _exit(0)


async def _run(app_directory: Path, port: int, data_directory: Path, clock: Clock, keys: Keys | None) -> None:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    make_room_for(app_directory)
    for name, value in settings_of(app_directory).items():
        os.environ.setdefault(name, value)
    host = Host(load_app(app_directory), data_directory, port, clock, keys, cors_of(app_directory))
    await host.start()
    _collect_rarely()
    if keys:
        print("\nKeys, for the header x-functions-key or the query's code:\n", *keys.describe(), sep="\n\t")
    print("\nFunctions:\n", *(f"\t{line}" for line in host.describe()), sep="\n")
    print(f"\nHost ready on {host.url}", flush=True)
    await asked_to_stop.wait()
    await host.stop()


def _collect_rarely() -> None:
    """What is loaded by now stays, and each turn of the SDK leaves cycles: look at the former never, at those later."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def _exit(status: int, text: str = "") -> NoReturn:
    """End without waiting for threads in which an app's function still runs: it is done again by the next start."""
    if text:
        print(text, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
