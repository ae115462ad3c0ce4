"""The Event Grid webhook: the handshakes, and one call of the function for each event."""

import asyncio
import json
import re
from typing import Any

from aiohttp import web
from azure.functions.meta import Datum

from local.host.app.app_function import App, AppFunction
from local.host.app.worker import Worker

HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
PATH = "/runtime/webhooks/eventgrid"
DEEPEST = 64
"""As many objects and lists within each other as Newtonsoft.Json reads, with which Azure's host takes events apart."""


class EventGridWebhook:
    """Delivers to functions with an eventGridTrigger, named in the query by `functionName`."""

    def __init__(self, app: App, worker: Worker) -> None:
        self._worker = worker
        self._functions = {function.name.lower(): function for function in app.of_kind("eventGridTrigger")}

    async def handle(self, request: web.Request) -> web.Response:
        """202 when every event's function succeeded; 500 when one failed, after all have run: the batch comes again.

        What is no object is still handed to the function: it is no reason to refuse the events beside it.
        """
        query = {key.lower(): value for key, value in request.query.items()}
        function = self._functions.get(query.get("functionname", "").lower())
        if function is None:
            return web.Response(status=404)
        if request.method == "OPTIONS":
            return _allow(request)
        try:
            events = _events(json.loads(await request.read()))
        except (ValueError, RecursionError):
            return web.Response(status=400)
        match request.headers.get("aeg-event-type", "Notification").lower():
            case "subscriptionvalidation":
                return _validated(*events[:1])
            case "subscriptiondeletion" | "unsubscribe":
                return web.Response(status=200)
        results = await asyncio.gather(*(self._deliver(function, event) for event in events))
        return web.Response(status=202 if all(results) else 500)

    async def _deliver(self, function: AppFunction, event: Any) -> bool:
        try:
            await self._worker.invoke(function, Datum(_written(event), "json"))
        except Exception:  # noqa: BLE001  # logged by the worker; one bad event does not hold up the others
            return False
        return True


def _events(body: Any) -> list[Any]:
    """One event or a batch, in either schema, whatever its elements are. Raises `ValueError` for anything else."""
    if _is_deeper(body, DEEPEST):
        raise ValueError("nested too deep")
    match body:
        case list():
            return body
        case dict():
            return [body]
    raise ValueError("neither an event nor a batch")


def _is_deeper(value: Any, than: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return than == 0 or any(_is_deeper(each, than - 1) for each in inner)


def _written(event: Any) -> str:
    """As the host rewrites it: half characters, which JSON can spell and UTF-8 cannot, are U+FFFD."""
    return HALF_A_CHARACTER.sub("\ufffd", json.dumps(event, ensure_ascii=False))


def _validated(event: Any = None) -> web.Response:
    """The handshake of Event Grid's own schema: the code comes back. 400 for an event without one."""
    match event:
        case {"data": {"validationCode": str(code)}}:
            return web.json_response({"validationResponse": code})
    return web.Response(status=400)


def _allow(request: web.Request) -> web.Response:
    """The handshake of CloudEvents 1.0: the sender asks whether it may send, and how much."""
    origin = request.headers.get("WebHook-Request-Origin", "")
    return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
