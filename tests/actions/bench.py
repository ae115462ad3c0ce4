"""The app's own services over a real store and the real stand-ins; the store can end the process on request."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import azure.durable_functions as df
from aiohttp import web
from azure.durable_functions.models.utils import http_utils

from actions import turn
from actions.send_attempt import send_attempt
from domain import clock
from domain.errors import StoreUnavailable
from domain.messages.message import Message
from local.clock import Clock
from local.durable.api.client_binding import binding_value
from local.environment import app_environment
from local.providers import server
from services import Services, build, channels_of
from settings import Settings
from store.sqlite import SqliteDocuments
from tests.domain.messages.records import ADA, a_message
from tests.intercepted import Call, Intercepted
from tests.notices import all_published

TURN = "20261122T120000000000-{:04}"


class Killed(BaseException):
    """The process ends here: no handler of ours may see it."""


class MortalDocuments:
    """A store that ends the process before or after its n-th operation, while it is `dying`.

    `is_away` makes it unavailable for so many operations, counted down.
    """

    def __init__(self, documents: SqliteDocuments) -> None:
        self._documents = documents
        self.operations: list[str] = []
        self.dies_at: tuple[int, str] | None = None
        self.is_away = 0

    @contextmanager
    def dying(self, number: int, moment: str) -> Iterator[None]:
        """Within this block, whose operations are counted from 0, it dies "before" or "after" one of them."""
        self.operations.clear()
        self.dies_at = (number, moment)
        try:
            yield
        finally:
            self.dies_at = None

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Awaitable[Any]] = getattr(self._documents, name)

        async def counted(*args: Any, **kwargs: Any) -> Any:
            number = len(self.operations)
            self.operations.append(name)
            if self.is_away:
                self.is_away -= 1
                raise StoreUnavailable("the store is away")
            if self.dies_at == (number, "before"):
                raise Killed
            result = await method(*args, **kwargs)
            if self.dies_at == (number, "after"):
                raise Killed
            return result

        return counted


@dataclass
class Bench:
    services: Services
    documents: MortalDocuments
    url: str
    client: df.DurableOrchestrationClient
    host: "DurableHost"
    answers: "KeptBack"

    @property
    def rung(self) -> list[str]:
        """The names of the events that were raised."""
        return self.host.rung

    async def accepted(self, **fields: Any) -> Message:
        """A message in the store as the API leaves it, of a customer who is on file."""
        await self.services.customers.put(ADA)
        message = replace(a_message(**fields), created_at=clock.now())
        return (await self.services.messages.create(message)).message

    async def record(self, message: Message) -> Message:
        return (await self.services.messages.read(message.conversation_id, message.id)).message

    async def send(self, message: Message, channel: str, attempt: int = 1, turn_number: int = 1) -> dict[str, Any]:
        payload = {**self._payload(message, turn_number), "channel": channel, "attempt": attempt}
        return await send_attempt(payload, self.client)

    async def look(self, message: Message, turn_number: int) -> dict[str, Any]:
        return await turn.settle(turn.Turn.of(self._payload(message, turn_number)))

    async def late_calls_end(self) -> None:
        """Return when no call is under way any more."""
        await asyncio.gather(*self.services.calls._under_way, return_exceptions=True)

    async def effects(self) -> list[str]:
        """The attempt ids in the ledger: what customers noticed."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/local/ledger") as answer:
            return [effect["attemptId"] for effect in await answer.json()]

    async def published(self) -> list[str]:
        """The statuses that subscribers were told, in order, once nothing is on its way to them."""
        await all_published(self.services.status_events)
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/local/events") as answer:
            return [each["event"]["data"]["status"] for each in await answer.json()]

    async def fault(self, **fault: Any) -> None:
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/local/faults", json=fault) as answer:
            assert answer.status == 204

    def _payload(self, message: Message, number: int) -> dict[str, Any]:
        return {"messageId": message.id, "conversationId": message.conversation_id, "turn": TURN.format(number)}


@asynccontextmanager
async def a_bench(directory: Path) -> AsyncIterator[Bench]:
    providers = server.Providers(directory, Clock())
    await providers.start()
    local = {name.lower(): value for name, value in app_environment(directory, providers.port).items()}
    settings = Settings.model_validate({name: local[name] for name in Settings.model_fields if local.get(name)})
    documents = SqliteDocuments(directory / "landfall.db")
    mortal = MortalDocuments(documents)
    host = DurableHost()
    async with host.serving() as origin:
        client = df.DurableOrchestrationClient(binding_value(origin, "Landfall"))
        answers = KeptBack()
        channels: Any = {name: Intercepted(channel, answers.around) for name, channel in channels_of(settings).items()}
        bench = Bench(build(settings, channels, mortal), mortal, providers.url, client, host, answers)
        yield bench
    await bench.services.close()
    await providers.stop()


class KeptBack:
    """Between the app and its providers: each call is made when it `may_go`, which it may unless a test says no."""

    def __init__(self) -> None:
        self.calls = 0
        self.called = asyncio.Semaphore(0)
        self.may_go = asyncio.Event()
        self.may_go.set()

    async def around(self, name: str, call: Call) -> Any:
        if name == "submit":
            self.calls += 1
            self.called.release()
            await self.may_go.wait()
        return await call()


class DurableHost:
    """What answers the SDK's client: it only remembers the events and the signals."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.signals: list[dict[str, Any]] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.add_routes([
            web.post("/durabletask/instances/{id}/raiseEvent/{name}", self._raise_event),
            web.post("/durabletask/entities/conversation/{key}", self._signal),
        ])  # fmt: skip
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()
        await http_utils._close_session()  # the SDK keeps one for the process, bound to the event loop of this test
        http_utils._session_lock = asyncio.Lock()

    async def _raise_event(self, request: web.Request) -> web.Response:
        self.rung.append(request.match_info["name"])
        return web.Response(status=202)

    async def _signal(self, request: web.Request) -> web.Response:
        """The SDK encodes the input twice."""
        self.signals.append({"op": request.query["op"], **json.loads(json.loads(await request.text()))})
        return web.Response(status=202)
