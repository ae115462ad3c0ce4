"""The whole platform in the test's own event loop, in virtual time.

The actual function app on the actual host and engine, the actual Azure SDKs talking to the stand-ins over real sockets,
a SQLite file: only time is the test's. Nothing here waits for real time to pass.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest

import services
import settings
from actions import turn
from channels.channel import Channel
from local.environment import app_environment
from local.host.app.app_function import App
from local.host.app.app_loader import load_app
from local.host.server import Host
from local.providers.server import Providers
from local.virtual_time import Timeline, VirtualClock
from services import Services
from settings import Settings
from store.documents import Documents
from tests.notices import all_published
from tests.stores import CHOSEN, Store, a_store

ROOT = Path(__file__).parents[1]
MORNING = datetime(2027, 3, 1, 9, tzinfo=UTC)
TIMEOUT_SECONDS = 40 if CHOSEN == "sqlite" else 150  # real ones, with a piece of work that never ends
Json = Any
Channels = Mapping[str, Channel]
Between = Callable[[Channels, Documents], tuple[Channels, Documents]]
"""What a test puts between the app and its providers and store."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any  # finds names in any case
    body: Json


class Platform:
    """One host and one set of stand-ins on one directory."""

    def __init__(self, directory: Path, between: Between, store: Store) -> None:
        self._directory, self._store = directory, store
        # a busy machine is no reason for a notice to miss the last write of its message
        self._timeout = patch.object(turn, "NOTICES_SECONDS", TIMEOUT_SECONDS)
        self._built = patch.object(services, "build", partial(_build, services.build, between, store))
        self.clock = VirtualClock(MORNING)
        self.timeline = Timeline(self.clock)
        self.providers = Providers(directory, self.clock, self.timeline)
        self.host: Host

    async def start(self) -> None:
        self._http = aiohttp.ClientSession()
        await self.providers.start()
        environment = {**app_environment(self._directory, self.providers.port), **self._store.settings}
        self._environment = patch.dict(os.environ, environment)
        self._environment.start()
        self._built.start()
        self._timeout.start()
        await self._start_host()
        self.providers.deliver_to(self.host.url)

    async def stop(self) -> None:
        await self._stop_host()
        await self.providers.stop()
        self._timeout.stop()
        self._built.stop()
        self._environment.stop()
        await self._http.close()

    async def restart(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """End the app wherever it is, and start it on what it has stored, or on what `meanwhile` leaves of that."""
        port = self.host.port
        await self._stop_host()
        meanwhile()
        self.providers._faults.release()  # whoever waited for an answer is gone
        await self._start_host(port)

    @property
    def services(self) -> Services:
        """The app's own."""
        return services.services()

    # its time

    async def advance(self, **delta: float) -> None:
        """Let so much time pass (`timedelta`'s arguments), and everything happen that is due meanwhile."""
        await self._within_the_timeout(self.timeline.advance(self.clock.now() + timedelta(**delta)))

    async def settled(self) -> None:
        """Wait until all is done that can be done now."""
        await self._within_the_timeout(self.timeline.settled())

    # as its customer

    async def call(self, method: str, url: str, body: Json = None, headers: dict[str, str] | None = None) -> Answer:
        """One request to the app; `body` as JSON."""
        url = url if url.startswith("http") else self.host.url + url
        async with self._http.request(method, url, json=body, headers=headers) as response:
            return Answer(response.status, response.headers, _parsed(await response.read()))

    async def post(self, **fields: Json) -> str:
        """Send a message; its id. Nothing has happened to it yet, but what needs no time happens from now on."""
        answer = await self.call("POST", "/api/messages", {"customerId": "customer-123", "message": "Hello", **fields})
        assert answer.status == 202, answer.body
        return str(answer.body["messageId"])

    async def agrees(self, *channels: str, customer_id: str = "customer-123", topic: str = "all") -> None:
        """The customer agrees to marketing on these channels."""
        said = {"state": "granted", "evidence": {"source": "web form"}}
        for channel in channels:
            url = f"/api/customers/{customer_id}/consents/{channel}/{topic}"
            answer = await self.call("PUT", url, said)
            assert answer.status == 200, answer.body

    async def message(self, message_id: str) -> Json:
        return (await self.call("GET", f"/api/messages/{message_id}")).body

    async def workflow(self, message_id: str) -> Json:
        return (await self.call("GET", f"/runtime/webhooks/durabletask/instances/{message_id}")).body

    # as its providers

    async def ledger(self) -> list[Json]:
        """What customers noticed."""
        effects: list[Json] = await self._control("GET", "ledger")
        return effects

    async def report(self, channel: str, status: str, **which: str) -> None:
        """Let a provider report `status` of a message of the ledger: `attemptId` or `providerMessageId`."""
        await self._control("POST", "receipts", {"channel": channel, "status": status, **which})

    async def fault(self, **fault: Json) -> None:
        await self._control("POST", "faults", fault)

    async def release(self) -> None:
        """Call off all faults, and let held calls go on."""
        await self._control("DELETE", "faults")

    async def published(self, message_id: str) -> list[Json]:
        """What subscribers of the custom topic have heard of a message, once nothing is on its way to them."""
        return await self._published(f"messages/{message_id}")

    async def replies_published(self, conversation_id: str) -> list[Json]:
        """The same of the replies in a conversation."""
        return await self._published(f"conversations/{conversation_id}")

    async def _published(self, subject: str) -> list[Json]:
        await all_published(self.services.status_events)
        events = [each["event"] for each in await self._control("GET", "events")]
        return [event for event in events if event["subject"] == subject]

    def dead_letters(self) -> list[Json]:
        """The events that Event Grid has given up."""
        files = (self._directory / "dead-letters").glob("*.json")
        return [letter for file in sorted(files) for letter in json.loads(file.read_text())]

    async def _control(self, method: str, what: str, body: Json = None) -> Json:
        answer = await self.call(method, f"{self.providers.url}/local/{what}", body)
        assert answer.status < 300, answer.body
        return answer.body

    async def _start_host(self, port: int = 0) -> None:
        _forget_services()
        self.host = Host(_app(), self._directory, port, self.clock)
        await self.host.start()

    async def _stop_host(self) -> None:
        await self.host.stop()
        if services.services.cache_info().currsize:
            await services.services().close()
        _forget_services()

    async def _within_the_timeout(self, waiting: Any) -> None:
        try:
            await asyncio.wait_for(waiting, TIMEOUT_SECONDS)
        except TimeoutError:
            raise AssertionError(f"still at work: {self.clock.work}") from None


def nothing_between(channels: Channels, documents: Documents) -> tuple[Channels, Documents]:
    return channels, documents


@asynccontextmanager
async def a_platform(
    directory: Path, between: Between = nothing_between, store: AbstractAsyncContextManager[Store] | None = None
) -> AsyncIterator[Platform]:
    """`store` is an empty one; without it the one that was chosen for all tests."""
    async with store or a_store() as chosen:
        platform = Platform(directory, between, chosen)
        await platform.start()
        try:
            yield platform
        finally:
            await platform.stop()


def _build(
    build: Callable[..., Services],
    between: Between,
    store: Store,
    settings: Settings,
    channels: Channels,
    documents: Documents,
) -> Services:
    return build(settings, *between(channels, store.between(documents)))


@cache
def _app() -> App:
    """As it is without ACCESS: its routes keep the level that they were registered with first."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("ACCESS", raising=False)
        return load_app(ROOT)


def _forget_services() -> None:
    services.services.cache_clear()
    settings.read_settings.cache_clear()


def _parsed(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
