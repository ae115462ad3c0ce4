"""The management API of Durable Functions over HTTP, for the SDK's client and for people.

Every answer is empty or JSON: azure-functions-durable 1.7.0 parses the body before it looks at the status.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from local.durable.api.client import (
    AlreadyExists,
    BadRequest,
    Client,
    InstanceFinished,
    NoSuchInstance,
    WrongState,
)
from local.durable.api.client_binding import management_urls
from local.durable.api.status import history_events, status_of, whole_seconds
from local.durable.execution.entities import EntityId
from local.durable.execution.history import from_text
from local.durable.persistence.poison import poison_activities
from local.durable.persistence.queries import (
    EntityFilter,
    Filter,
    entities_where,
    entity_as_instance,
    instances_where,
    position,
)

JSON = "application/json"
log = logging.getLogger("host.durable")


@dataclass(frozen=True)
class Call:
    """One request: the path's segments behind the base, as sent and in lower case, and the query by lower-case key."""

    http: web.Request
    segments: list[str]
    query: dict[str, str]

    @property
    def route(self) -> tuple[str, ...]:
        """Method, and the words of the route with `*` for whatever is a name or an id."""
        first, *rest = self.segments
        verb_at = 1 if first.lower() == "instances" else None
        words = [word.lower() if number == verb_at else "*" for number, word in enumerate(rest)]
        return (self.http.method, first.lower(), *words)

    def is_set(self, key: str, default: bool) -> bool:
        return self.query[key].lower() == "true" if key in self.query else default

    async def json_text(self) -> str | None:
        """The body as it came, None without one. Raises `BadRequest` if it is not JSON."""
        try:
            text = await self.http.text()
            if not text:
                return None
            json.loads(text)
        except (ValueError, RecursionError):
            raise BadRequest("The request body is not valid JSON.") from None
        return text


class ManagementApi:
    """Answers requests below either base of the API. `task_hub` and `key` only appear in the URLs given out."""

    def __init__(self, client: Client, task_hub: str, key: str) -> None:
        self._client = client
        self._key = key
        self._storage = client.engine.storage
        self._task_hub = task_hub
        self._routes: dict[tuple[str, ...], Callable[[Call], Awaitable[web.Response]]] = {
            ("POST", "orchestrators", "*"): self._start,
            ("POST", "orchestrators", "*", "*"): self._start,
            ("GET", "instances"): self._list,
            ("DELETE", "instances"): self._purge_many,
            ("GET", "instances", "*"): self._status,
            ("DELETE", "instances", "*"): self._purge,
            ("POST", "instances", "*", "raiseevent", "*"): self._raise_event,
            ("POST", "instances", "*", "terminate"): self._terminate,
            ("POST", "instances", "*", "suspend"): self._suspend,
            ("POST", "instances", "*", "resume"): self._resume,
            ("POST", "instances", "*", "rewind"): self._rewind,
            ("POST", "instances", "*", "restart"): self._restart,
            ("GET", "poisonactivities"): self._poison_activities,
            ("GET", "entities"): self._entities,
            ("GET", "entities", "*"): self._entities,
            ("GET", "entities", "*", "*"): self._entity_state,
            ("POST", "entities", "*", "*"): self._signal,
            ("DELETE", "entities", "*", "*"): self._signal,
        }

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """`path` is what follows the base, still percent-encoded."""
        segments = [unquote(segment) for segment in path.strip("/").split("/")]
        query = {key.lower(): ",".join(request.query.getall(key)) for key in request.query}
        call = Call(request, segments, query)
        answer = self._routes.get(call.route)
        if answer is None:
            return web.Response(status=404)
        try:
            self._storage.check_files()  # nobody is told of what is in no file any more
            return await answer(call)
        except NoSuchInstance:
            return web.Response(status=404)
        except InstanceFinished:
            return web.Response(status=410)
        except BadRequest as error:
            return _error(400, "One or more of the arguments submitted is incorrect", error)
        except Exception as error:
            if not isinstance(error, AlreadyExists | WrongState):
                log.exception("The management API failed")
            return _error(500, "Something went wrong while processing your request", error)

    async def _start(self, call: Call) -> web.Response:
        _, name, *rest = call.segments
        instance_id = await self._client.start_new(
            name, rest[0] if rest else None, await call.json_text(), call.query.get("version")
        )
        if "timeout" in call.query and "pollinginterval" in call.query:
            return await self._wait(call, instance_id)
        return self._check_status(call, instance_id)

    async def _wait(self, call: Call, instance_id: str) -> web.Response:
        """The output of a workflow that ends within `timeout` seconds. Nothing is polled, whatever the interval."""
        within = timedelta(seconds=_seconds(call, "timeout"))
        instance = await self._client.finished_within(instance_id, within)
        if instance is None:
            return self._check_status(call, instance_id)
        if instance.status == "Completed":
            return web.Response(text=instance.output or "null", content_type=JSON)
        return _json(status_of(instance), 500 if instance.status == "Failed" else 200)

    async def _restart(self, call: Call) -> web.Response:
        new_id = call.is_set("restartwithnewinstanceid", default=True)
        return self._check_status(call, await self._client.restart(call.segments[1], new_id=new_id))

    def _check_status(self, call: Call, instance_id: str) -> web.Response:
        body = management_urls(str(call.http.url.origin()), self._task_hub, instance_id, self._key)
        return _json(body, 202, {"Location": body["statusQueryGetUri"], "Retry-After": "10"})

    async def _status(self, call: Call) -> web.Response:
        instance = self._storage.instance(call.segments[1]) or entity_as_instance(
            self._storage.reader, call.segments[1]
        )
        if instance is None:
            return web.Response(status=404)
        show_input = call.is_set("showinput", default=True)
        body = status_of(instance, show_input=show_input)
        if call.is_set("showhistory", default=False):
            history = [json.loads(text) for text in self._storage.history(instance.id)]
            show_output = call.is_set("showhistoryoutput", default=False)
            body["historyEvents"] = history_events(history, show_input=show_input, show_output=show_output)
        if instance.is_live:
            return _json(body, 202, {"Location": str(call.http.url), "Retry-After": "5"})
        fails = instance.status == "Failed" and call.is_set("returninternalservererroronfailure", default=False)
        return _json(body, 500 if fails else 200)

    async def _list(self, call: Call) -> web.Response:
        show_input = call.is_set("showinput", default=True)
        wanted = _filter(call)
        page = instances_where(self._storage.reader, wanted)
        headers = {"x-ms-continuation-token": position(page[-1])} if page and len(page) == wanted.top else {}
        return _json([status_of(instance, show_input=show_input) for instance in page], 200, headers)

    async def _raise_event(self, call: Call) -> web.Response:
        if call.http.content_type != JSON:
            raise BadRequest("Only application/json request content is supported.")
        await self._client.raise_event(call.segments[1], call.segments[3], await call.json_text() or "null")
        return web.Response(status=202)

    async def _terminate(self, call: Call) -> web.Response:
        await self._client.terminate(call.segments[1], call.query.get("reason"))
        return web.Response(status=202)

    async def _suspend(self, call: Call) -> web.Response:
        await self._client.suspend(call.segments[1], call.query.get("reason"))
        return web.Response(status=202)

    async def _resume(self, call: Call) -> web.Response:
        await self._client.resume(call.segments[1], call.query.get("reason"))
        return web.Response(status=202)

    async def _rewind(self, call: Call) -> web.Response:
        await self._client.rewind(call.segments[1], call.query.get("reason"))
        return web.Response(status=202)

    async def _purge(self, call: Call) -> web.Response:
        return _json({"instancesDeleted": int(await self._client.purge(call.segments[1]))}, 200)

    async def _purge_many(self, call: Call) -> web.Response:
        if "createdtimefrom" not in call.query:
            raise BadRequest("createdTimeFrom is required.")
        found = instances_where(self._storage.reader, _filter(call, top=-1))
        deleted = sum([await self._client.purge(one.id) for one in found if not one.is_live])
        return _json({"instancesDeleted": deleted}, 200 if deleted else 404)

    async def _poison_activities(self, _: Call) -> web.Response:
        """Activities that were given up because each call ended the process. In Azure they are in a queue."""
        found = poison_activities(self._storage.reader)
        body = [
            {"instanceId": it.instance_id, "name": it.name, "input": json.loads(it.input), "failedAt": it.failed_at}
            for it in found
        ]
        return _json(body, 200)

    async def _entities(self, call: Call) -> web.Response:
        wanted = _entity_filter(call)
        found = entities_where(self._storage.reader, wanted)
        with_state = call.is_set("fetchstate", default=False)
        body = [
            {
                "entityId": {"name": entity.id.name, "key": entity.id.key},
                "lastOperationTime": whole_seconds(entity.updated_at),
                **({"state": json.loads(entity.state)} if with_state else {}),
            }
            for entity in found
        ]
        is_full = found and len(found) == wanted.top
        return _json(body, 200, {"x-ms-continuation-token": str(found[-1].id)} if is_full else {})

    async def _entity_state(self, call: Call) -> web.Response:
        state = self._storage.entity_state(str(_entity(call)))
        return web.Response(status=404) if state is None else web.Response(text=state, content_type=JSON)

    async def _signal(self, call: Call) -> web.Response:
        operation = "delete" if call.http.method == "DELETE" else call.query.get("op", "")
        await self._client.signal_entity(_entity(call), operation, await call.json_text())
        return web.Response(status=202)


def _entity(call: Call) -> EntityId:
    """A key that is `$` means the empty key."""
    _, name, key = call.segments
    return EntityId(name, "" if key == "$" else key)


def _entity_filter(call: Call) -> EntityFilter:
    return EntityFilter(
        name=call.segments[1] if len(call.segments) > 1 else "",
        operated_from=_moment(call, "lastoperationtimefrom"),
        operated_to=_moment(call, "lastoperationtimeto"),
        after=call.http.headers.get("x-ms-continuation-token", ""),
        top=_number(call, "top", "100"),
    )


def _filter(call: Call, top: int | None = None) -> Filter:
    statuses = [status for status in call.query.get("runtimestatus", "").split(",") if status]
    return Filter(
        created_from=_moment(call, "createdtimefrom"),
        created_to=_moment(call, "createdtimeto"),
        statuses=statuses,
        id_prefix=call.query.get("instanceidprefix", ""),
        after=call.http.headers.get("x-ms-continuation-token", ""),
        top=top or _number(call, "top", "100"),
    )


def _number(call: Call, key: str, default: str) -> int:
    text = call.query.get(key, default)
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest(f"{key} must be a number.")
    return int(text)


def _seconds(call: Call, key: str) -> float:
    try:
        return float(call.query[key])
    except ValueError:
        raise BadRequest(f"{key} must be a number of seconds.") from None


def _moment(call: Call, key: str) -> datetime | None:
    try:
        return from_text(call.query[key]) if call.query.get(key) else None
    except ValueError:
        raise BadRequest(f"{key} is no RFC 3339 time.") from None


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(text=json.dumps(body), status=status, headers=headers, content_type=JSON)


def _error(status: int, message: str, error: Exception) -> web.Response:
    body = {
        "Message": message,
        "ExceptionMessage": str(error),
        "ExceptionType": type(error).__name__,
        "StackTrace": "",
    }
    return _json(body, status)
