"""Cosmos DB as in Azure: the emulator, behind a gateway that corrects its differences.

It answers 500 where an item is missing, knows no expiry and no sessions, and charges 1 for everything. Nothing of that
is bridged in the product. On the way the gateway counts requests and what Azure charges for them, and makes trouble.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web

from domain import clock
from store.cosmos import DATABASE
from store.documents import INDEXED_FIELDS, PARTITION_KEYS
from tests.cosmos.charges import charge_of
from tests.cosmos.requests import ItemRequest, Key
from tests.cosmos.versions import Item, Versions

ACCOUNT_KEY = "TGFuZGZhbGwgZW11bGF0b3Iga2V5OyBwcm90ZWN0cyBub3RoaW5nLg=="
THROTTLED, UNAVAILABLE, ANSWER_LOST = "throttled", "unavailable", "answer lost"
RETRY_WITH, SESSION_BEHIND = "retry with", "session behind"
REFUSED = {
    THROTTLED: (429, {"x-ms-retry-after-ms": "5", "x-ms-substatus": "3200"}),
    UNAVAILABLE: (503, {}),
    RETRY_WITH: (449, {}),
    SESSION_BEHIND: (404, {"x-ms-substatus": "1002"}),
}
OF_THE_CONNECTION = {"host", "content-length", "connection", "accept-encoding"}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    etag: dict[str, str] = field(default_factory=dict)

    @property
    def item(self) -> dict[str, Any]:
        return dict(json.loads(self.body)) if self.body else {}


@dataclass(frozen=True)
class Charged:
    """One line of the bill."""

    operation: str
    container: str
    status: int
    units: float


Forward = Callable[[], Awaitable[Answer]]
"""Asks the emulator."""


class Gateway:
    """`trouble` says how a request is refused, one of `REFUSED`, or that it is done and its answer lost, or None.

    A read for which `stale` is true is answered with the oldest version that its session allows.
    """

    def __init__(self, emulator: str) -> None:
        self._emulator = emulator
        self._one_at_a_time = asyncio.Lock()
        self._expiries: dict[Key, datetime] = {}
        self._versions = Versions()
        self.trouble: Callable[[ItemRequest], str | None] = lambda request: None
        self.stale: Callable[[ItemRequest], bool] = lambda request: False
        self.bill: list[Charged] = []
        self.url = ""

    @property
    def connection_string(self) -> str:
        return f"AccountEndpoint={self.url};AccountKey={ACCOUNT_KEY};"

    async def start(self, port: int = 0) -> None:
        self._http = aiohttp.ClientSession(auto_decompress=False)
        await self._empty()
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._http.close()

    async def drop(self, container: str) -> None:
        await self._forward("DELETE", f"/dbs/{DATABASE}/colls/{container}")

    async def _empty(self) -> None:
        """A database with our containers and nothing in them."""
        await self._forward("DELETE", f"/dbs/{DATABASE}")
        await self._forward("POST", "/dbs", {"id": DATABASE})
        for container, key in PARTITION_KEYS.items():
            description = {"id": container, "partitionKey": {"paths": [f"/{key}"], "kind": "Hash"}, "defaultTtl": -1}
            await self._forward("POST", f"/dbs/{DATABASE}/colls", description)

    async def _forward(self, method: str, path: str, body: Any = None, headers: Any = None) -> Answer:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        async with self._http.request(method, self._emulator + path, data=data, headers=headers) as response:
            etag = {"ETag": response.headers["ETag"]} if "ETag" in response.headers else {}
            return Answer(response.status, await response.read(), etag)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in OF_THE_CONNECTION}
        about = ItemRequest.of(request, body)
        forward = partial(self._forward, request.method, request.path, body, headers)
        if about is None:
            answer = await forward()
            return web.Response(status=answer.status, body=_with_text_ids(answer.body), headers=answer.etag)
        trouble = self.trouble(about)
        if trouble in REFUSED:
            status, told = REFUSED[trouble]
            return web.Response(status=status, headers={**told, "x-ms-request-charge": "0"}, text='{"message": ""}')
        async with self._one_at_a_time:
            answer, told = await self._answer(about, forward)
        if trouble == ANSWER_LOST:
            assert request.transport
            request.transport.abort()
        return web.Response(status=answer.status, body=answer.body, headers=told, content_type="application/json")

    async def _answer(self, about: ItemRequest, forward: Forward) -> tuple[Answer, dict[str, str]]:
        await self._bury_what_has_expired()
        if about.operation == "query":
            _refuse_what_has_no_index(about)
        replaced = self._versions.newest(about.key) is not None
        answer = await forward()
        if about.is_write and answer.status < 400:
            self._remember(about.key, None if about.operation == "delete" else answer.item)
        session = self._versions.session(about.container)
        if about.operation == "read" and self.stale(about):
            answer, session = _reading(self._versions.oldest(about.key, about.session)), about.session
        elif about.operation == "read" and answer.status == 500:  # the emulator trips over an item that is not there
            answer = _reading(None)
        charge = self._charge(about, answer, replaced)
        return answer, {"x-ms-request-charge": str(charge), **_as_told(about.container, session), **answer.etag}

    def _remember(self, key: Key, item: Item) -> None:
        self._versions.add(key, item)
        self._expiries.pop(key, None)
        if item and "ttl" in item:
            self._expiries[key] = clock.now() + timedelta(seconds=item["ttl"])

    async def _bury_what_has_expired(self) -> None:
        now = clock.now()
        for key in [key for key, expiry in self._expiries.items() if expiry <= now]:
            container, partition, document_id = key
            headers = {"x-ms-documentdb-partitionkey": json.dumps([partition])}
            await self._forward("DELETE", f"/dbs/{DATABASE}/colls/{container}/docs/{document_id}", None, headers)
            self._remember(key, None)

    def _charge(self, about: ItemRequest, answer: Answer, replaced: bool) -> float:
        found = len(answer.item.get("Documents", ())) if about.operation == "query" else 0
        units = charge_of(about.operation, answer.status, len(answer.body), replaced=replaced, found=found)
        self.bill.append(Charged(about.operation, about.container, answer.status, units))
        return units


@asynccontextmanager
async def a_gateway(emulator: str) -> AsyncIterator[Gateway]:
    """An empty Cosmos DB."""
    gateway = Gateway(emulator)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


def _with_text_ids(body: bytes) -> bytes:
    """The ids of partition key ranges are numbers here; the SDK finds its session by their text."""
    return re.sub(rb'"id":(\d+)', rb'"id":"\1"', body)


def _reading(item: Item) -> Answer:
    if item is None:
        return Answer(404, b'{"code": "NotFound", "message": ""}')
    return Answer(200, json.dumps(item).encode(), {"ETag": item["_etag"]})


def _as_told(container: str, session: int) -> dict[str, str]:
    """From which the SDK learns how far the container's one partition range has come."""
    return {
        "x-ms-session-token": f"0:-1#{session}",
        "x-ms-alt-content-path": f"dbs/{DATABASE}/colls/{container}",
        "x-ms-documentdb-partitionkeyrangeid": "0",
    }


def _refuse_what_has_no_index(about: ItemRequest) -> None:
    """Azure sorts by nothing that the container does not index."""
    fields = re.findall(r"ORDER BY c\.(\w+)", about.item["query"])
    assert set(fields) <= {"id", *INDEXED_FIELDS[about.container]}, f"{about.container} has no index for {fields}"
