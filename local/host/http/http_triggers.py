"""HTTP triggers: which function answers a request, and the request and answer as the SDK knows them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from azure.functions.meta import Datum
from multidict import MultiMapping

from local.host.app.app_function import App, AppFunction
from local.host.app.converters import converter
from local.host.app.worker import Worker
from local.host.http.gate import Gate, refused
from local.host.http.paths import InvalidPath, decoded
from local.host.http.route_templates import RouteTemplate, read_template

log = logging.getLogger("host.functions")


@dataclass(frozen=True)
class Route:
    """One function's route, and the methods it takes."""

    function: AppFunction
    methods: list[str]
    template: RouteTemplate

    @property
    def level(self) -> str:
        """The function or system whose key it takes."""
        return str(self.function.trigger.get("authLevel", "function"))

    @property
    def is_a_page(self) -> bool:
        """Whether a link can lead there: it is read, and nothing has to be filled in."""
        return "GET" in self.methods and not self.template.parameters


class HttpTriggers:
    """All HTTP functions of an app below its route prefix."""

    def __init__(self, app: App, worker: Worker, gate: Gate) -> None:
        self._worker, self._gate = worker, gate
        self._prefix = f"/{app.host.route_prefix}/" if app.host.route_prefix else "/"
        routes = [route_of(function) for function in app.of_kind("httpTrigger")]
        self.routes = sorted(routes, key=lambda route: route.template.order)

    def path_of(self, route: Route) -> str:
        return self._prefix + str(route.template)

    async def handle(self, request: web.Request) -> web.Response:
        """Call the function; 404 without one for this path and method, 401 without its key, 500 if it raises."""
        try:
            path = decoded(request.rel_url.raw_path)
        except InvalidPath:
            return web.Response(status=400)
        if not path.lower().startswith(self._prefix.lower()):
            return web.Response(status=404)
        for route in self.routes:
            parameters = route.template.values(path[len(self._prefix) :].rstrip("/"))
            if parameters is not None and request.method in route.methods:
                if not self._gate.admits_to_function(route.level, request):
                    return refused()
                return await self._call(route, request, parameters)
        return web.Response(status=404)

    async def _call(self, route: Route, request: web.Request, parameters: dict[str, str]) -> web.Response:
        trigger = await _request(request, parameters)
        try:
            returned = await self._worker.invoke(route.function, trigger)
        except Exception:  # noqa: BLE001  # logged by the worker; a caller learns nothing more, as in Azure
            return web.Response(status=500)
        try:
            return _response(returned)
        except NotImplementedError:
            log.error("'Functions.%s' returned a %s, no HTTP response", route.function.name, type(returned).__name__)  # noqa: TRY400  # the SDK's exception says nothing
            return web.Response(status=500)


def route_of(function: AppFunction) -> Route:
    """Without methods a function answers to all."""
    methods = function.trigger.get("methods") or ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    return Route(function, [method.upper() for method in methods], read_template(function.route))


async def _request(request: web.Request, parameters: dict[str, str]) -> Datum:
    """The request as the worker gets it: without empty values in the query, and without a second one of any name.

    The URL is absolute: the SDK takes its origin for management URLs. A body that came in chunks, without a length, is
    left out: so does Azure's host.
    """
    body = await request.read()
    if body and request.content_length is None:
        log.warning("A request's body was dropped, since it came without a Content-Length, as Azure's host drops it.")
        body = b""
    text: Callable[[str], Datum] = lambda value: Datum(value, "string")  # noqa: E731
    return Datum(
        {
            "method": text(request.method),
            "url": text(str(request.url)),
            "headers": {name.lower(): text(value) for name, value in _joined(request.headers).items()},
            "query": {name: text(value) for name, value in _joined(request.query).items() if value},
            "params": {name: text(value) for name, value in parameters.items()},
            "body": Datum(body, "bytes"),
        },
        "http",
    )


def _joined(values: MultiMapping[str]) -> dict[str, str]:
    """What comes more than once under one name has commas between, as ASP.NET prints it."""
    return {name: ",".join(values.getall(name)) for name in values}


def _response(returned: object) -> web.Response:
    """An `HttpResponse` or a text; the SDK takes nothing else, not even nothing. Raises `NotImplementedError`."""
    datum = converter("http").encode(returned, expected_type=None)
    if datum.type == "string":
        return web.Response(text=datum.value)
    value = datum.value
    response = web.Response(status=int(value["status_code"].value), body=value["body"].value)
    response.headers.update({name: header.value for name, header in value["headers"].items()})
    for cookies in value["cookies"] or []:
        response.headers.extend([("Set-Cookie", morsel.OutputString()) for morsel in cookies.values()])
    return response
