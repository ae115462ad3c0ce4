"""The one gate in front of every HTTP route: who calls, whether they may, and how errors are told."""

import math
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec

import azure.functions as func

from actions.in_our_words import in_our_words
from actions.limits import count
from actions.workflow import WorkflowUnavailable
from domain.access.caller import ANYBODY, ROLES, Caller, Role
from domain.errors import (
    CustomerChanged,
    CustomerErased,
    InvalidMessage,
    NotAllowed,
    NotAuthenticated,
    StoreUnavailable,
    TooMany,
)
from services import services
from settings import BrokenSettings
from telemetry.log_lines import json_log
from telemetry.request_ids import identified
from triggers.http.callers import caller_in
from triggers.http.current_call import made_by
from triggers.http.responses.problems import problem

log = json_log(__name__)
P = ParamSpec("P")
Endpoint = Callable[P, Awaitable[func.HttpResponse]]

EVERY_ROLE = ROLES
"""Whoever is known may call, with whatever role."""

NOTHING_CHANGED = "Nothing was changed. The request may be sent again."
REQUEST_ID = "X-Request-Id"
READING = ("GET", "HEAD")

ROLES_OF: dict[str, tuple[str, ...]] = {}
"""The roles that may call a route, by the name of its function; docs/access.md shows this table."""


def allow(
    *roles: Role, how_to_repeat: str = NOTHING_CHANGED, test_keys: bool = False
) -> Callable[[Endpoint[P]], Endpoint[P]]:
    """The route is for callers with one of these roles. Without a role nobody may call it.

    4xx for the caller's mistakes and 503 when something of ours is away; a bug becomes the host's 500. `how_to_repeat`
    tells the caller who is answered 503 what may be left behind, and how to send the request again. `test_keys`: what
    the route changes is not of the real world if a `test` key calls it. Every answer names the id of its request.
    """
    return _gate(roles, how_to_repeat, test_keys=test_keys)


def allow_anybody(endpoint: Endpoint[P]) -> Endpoint[P]:
    """The route is public: it tells nothing that needs a key, or has a key of its own in the URL."""
    return _gate(("public",), NOTHING_CHANGED, test_keys=True)(endpoint)


def _gate(roles: tuple[str, ...], how_to_repeat: str, *, test_keys: bool) -> Callable[[Endpoint[P]], Endpoint[P]]:
    def decorated(endpoint: Endpoint[P]) -> Endpoint[P]:
        ROLES_OF[endpoint.__name__] = roles
        in_words = in_our_words(endpoint)

        async def answered(request: func.HttpRequest, *args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
            caller = ANYBODY if roles == ("public",) else await _known(request)
            with made_by(caller, request.headers):
                if caller is not ANYBODY:
                    _check(caller, roles, request.method, test_keys=test_keys)
                    await _count(caller)
                return await in_words(*args, **kwargs)

        @wraps(endpoint)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
            request: Any = kwargs["req"]  # as the Functions worker names it
            with identified(request.headers) as request_id:
                response = await _told(answered(request, *args, **kwargs), how_to_repeat)
                response.headers[REQUEST_ID] = request_id
                return response

        return guarded

    return decorated


async def _known(request: func.HttpRequest) -> Caller:
    """Raises what `caller_in` does. Which settings are broken is told to nobody who has shown no key."""
    try:
        return await caller_in(request)
    except BrokenSettings:
        raise WorkflowUnavailable("settings are broken") from None


def _check(caller: Caller, roles: tuple[str, ...], method: str, *, test_keys: bool) -> None:
    if not caller.roles & set(roles):
        raise NotAllowed(f"This needs the role {' or '.join(roles)}." if roles else "This route is closed.")
    if caller.mode == "test" and method not in READING and not test_keys:
        raise NotAllowed("A test key changes nothing but its own test messages.")


async def _count(caller: Caller) -> None:
    try:
        within = services()
    except BrokenSettings:
        return  # the route says so, if it needs them
    await count(within, caller, "requests")


async def _told(endpoint: Awaitable[func.HttpResponse], how_to_repeat: str) -> func.HttpResponse:
    try:
        return await endpoint
    except NotAuthenticated as reason:
        return problem("notAuthenticated", str(reason), headers={"WWW-Authenticate": 'ApiKey realm="Landfall"'})
    except NotAllowed as reason:
        return problem("notAllowed", str(reason))
    except TooMany as reason:
        seconds = max(1, math.ceil(reason.retry_after.total_seconds()))
        return problem("tooManyRequests", str(reason), headers={"Retry-After": str(seconds)})
    except InvalidMessage as mistakes:
        return problem(mistakes.mistake, errors=mistakes.errors)
    except CustomerErased:
        return problem("customerErased")
    except CustomerChanged:
        return problem("customerChanged")
    except BrokenSettings as broken:  # names settings and no values, to callers who have shown a key
        log.error("settings are broken", fault=str(broken))  # noqa: TRY400  # there is nothing to trace
        return problem("brokenSettings", str(broken))
    except (StoreUnavailable, WorkflowUnavailable) as fault:
        log.warning("not available", fault=str(fault))
        return problem("unavailable", how_to_repeat)
