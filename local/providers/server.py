"""The stand-ins for Communication Services and Event Grid, with their control API, on one port of this machine."""

import asyncio
import signal
from pathlib import Path

import aiohttp
from aiohttp import web

from group_commit import GroupCommit
from local.clock import Clock
from local.event_grid import deliveries, topic
from local.event_grid.event_grid import EventGrid
from local.event_grid.topic import Topic
from local.host.http.clock_admin import HostProcess
from local.host.http.keys import Keys, keys_of
from local.host.starting.before_start import check_data_directory, check_ports
from local.providers import ledger, operations, opt_outs
from local.providers.clock_control import TIMELINE
from local.providers.communication import SENDING, communication_routes
from local.providers.control import TOPIC, control_routes
from local.providers.faults import Faults
from local.providers.sending import Sending
from local.virtual_time import KEPT_IN, Timeline, VirtualClock

SCHEMA = deliveries.SCHEMA + topic.SCHEMA + ledger.SCHEMA + operations.SCHEMA + opt_outs.SCHEMA
LARGEST_REQUEST = 10 * 1024 * 1024  # an email with its attachments
LAST_ANSWERS_SECONDS = 0.5  # how long a stop waits for answers that are on their way


class Providers:
    """The server in this process. What it knows is in `providers.db` and outlives it; faults alone do not.

    Start it, read its `port`, then tell it with `deliver_to` where events go. Where time is virtual, the control API
    moves the `timeline`.
    """

    def __init__(self, data_directory: Path, clock: Clock, timeline: Timeline | None = None) -> None:
        self._data_directory, self._clock, self._timeline = data_directory, clock, timeline
        self.port = 0
        """Set by `start`."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen; on a free port if none is named. Raises OSError when the port is taken."""
        self._store = GroupCommit(self._data_directory / "providers.db", SCHEMA)
        self._faults = Faults(self._clock)
        dead_letters = self._data_directory / "dead-letters"
        self._event_grid = EventGrid(self._store, self._clock, dead_letters, self._faults.take_delivery_fault)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=LAST_ANSWERS_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]

    def deliver_to(self, host_url: str, key: str | None = None) -> None:
        """Deliver events to this Functions host, such as http://127.0.0.1:7071, once it answers the handshake.

        `key` is that of its webhook, if it asks for one.
        """
        self._event_grid.deliver_to(host_url, key)

    async def stop(self) -> None:
        """Answer the calls that wait, stop, and close the file."""
        self._faults.call_off()
        await self._event_grid.stop()
        await self._runner.cleanup()
        self._store.close()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app[SENDING] = Sending(self._store, self._event_grid, self._faults, self._clock)
        app[TOPIC] = Topic(self._store, self._event_grid, self._clock, self._faults.take_topic_fault)
        if self._timeline:
            app[TIMELINE] = self._timeline
        app.add_routes(communication_routes() + control_routes())
        app.router.add_post("/topics/landfall/api/events", app[TOPIC].receive)
        return app


def run(port: int, data_directory: Path, host_url: str, clock: Clock, *, auth: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. Raises `CannotStart`.

    With `auth`, the keys are those of a host with the same data directory.
    """
    check_ports(port)
    check_data_directory(data_directory)
    keys = keys_of(data_directory) if auth else None
    asyncio.run(_serve(port, data_directory, host_url, clock, keys))


async def _serve(port: int, data_directory: Path, host_url: str, clock: Clock, keys: Keys | None) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with aiohttp.ClientSession() as http:
        timeline = None
        if isinstance(clock, VirtualClock):
            host = HostProcess(http, host_url, keys.master if keys else None)
            timeline = Timeline(clock, host, data_directory / KEPT_IN)
        providers = Providers(data_directory, clock, timeline)
        await providers.start(port)
        providers.deliver_to(host_url, keys.event_grid if keys else None)
        print(f"Providers ready on {providers.url}", flush=True)
        await ended.wait()
        await providers.stop()
