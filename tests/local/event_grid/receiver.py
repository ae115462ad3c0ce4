"""A real web server that receives what Event Grid delivers."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

Event = dict[str, Any]


class Receiver:
    """Answers the handshake while `is_awake`, and deliveries with the next of `answers`, else with 200.

    `events` and `headers` hold the deliveries that were answered with a success, `tries` counts all.
    """

    def __init__(self) -> None:
        self.is_awake = True
        self.answers: deque[int] = deque()
        self.tries = 0
        self.handshakes = 0
        self.paths: list[str] = []
        self.events: list[Event] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[str] = []
        self._changed = asyncio.Condition()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/runtime/webhooks/EventGrid", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true by a request."""
        async with self._changed, asyncio.timeout(10):
            await self._changed.wait_for(condition)

    async def wait_for(self, count: int) -> list[Event]:
        """The events, once there are this many."""
        await self.until(lambda: len(self.events) >= count)
        return self.events

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.text()
        async with self._changed:
            self.paths.append(request.path_qs)
            answer = self._answer(request, body)
            self._changed.notify_all()
        return answer

    def _answer(self, request: web.Request, body: str) -> web.Response:
        parsed = json.loads(body)
        if request.headers["aeg-event-type"] == "SubscriptionValidation":
            self.handshakes += 1
            answer = {"validationResponse": parsed[0]["data"]["validationCode"]}
            return web.json_response(answer, status=200 if self.is_awake else 503)
        self.tries += 1
        status = self.answers.popleft() if self.answers else 200
        if 200 <= status <= 204:
            [event] = parsed if isinstance(parsed, list) else [parsed]
            self.events.append(event)
            self.headers.append(dict(request.headers))
            self.bodies.append(body)
        return web.Response(status=status)
