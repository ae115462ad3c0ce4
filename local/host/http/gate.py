"""Checks function keys, in the header `x-functions-key`, else in the query as `code`, as in Azure."""

import hmac

from aiohttp import web

from local.host.http.keys import Keys


class Gate:
    """Whether a request may pass. Without keys every request may, as with `func start`."""

    def __init__(self, keys: Keys | None) -> None:
        self._keys = keys

    def admits_to_function(self, level: str, request: web.Request) -> bool:
        """`level` is the authLevel of its trigger, in any case."""
        if self._keys is None or level.lower() == "anonymous":
            return True
        return _shows(request, self._keys.master, *([] if level.lower() == "admin" else [self._keys.function]))

    def admits_to_admin(self, request: web.Request) -> bool:
        return self._keys is None or _shows(request, self._keys.master)

    def admits_to_event_grid(self, request: web.Request) -> bool:
        return self._keys is None or _shows(request, self._keys.event_grid, self._keys.master)

    def admits_to_workflows(self, request: web.Request) -> bool:
        return self._keys is None or _shows(request, self._keys.durable, self._keys.master)


def refused() -> web.Response:
    """The response to a missing or a wrong key."""
    return web.Response(status=401)


def _shows(request: web.Request, *keys: str) -> bool:
    """Compared with each in the same time, whatever is shown."""
    shown = request.headers.get("x-functions-key") or request.query.get("code", "")
    return any(hmac.compare_digest(shown.encode(errors="replace"), key.encode()) for key in keys)
