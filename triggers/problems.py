"""Errors as the API tells them: `application/problem+json` (RFC 9457) that names the field, and quotes no input."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

import azure.functions as func

from activities.workflow import WorkflowUnavailable
from delivery.errors import InvalidMessage, StoreUnavailable
from settings import BrokenSettings
from telemetry.log_lines import json_log

log = json_log(__name__)
P = ParamSpec("P")


NOTHING_CHANGED = "Nothing was changed. The request may be sent again."


def problem(
    status: int,
    detail: str | None = None,
    errors: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    **further: str,
) -> func.HttpResponse:
    """The answer to a request that is at fault, or that cannot be served now. `further` fields stand beside."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [{"field": field, "reason": reason} for field, reason in errors]
    return func.HttpResponse(
        json.dumps({**body, **further}),
        status_code=status,
        headers=dict(headers or {}),
        mimetype="application/problem+json",
    )


def with_problems(endpoint: Callable[P, Awaitable[func.HttpResponse]]) -> Callable[P, Awaitable[func.HttpResponse]]:
    """`with_problems_saying`, for a route that only reads."""
    return with_problems_saying(NOTHING_CHANGED)(endpoint)


def with_problems_saying(
    how_to_repeat: str,
) -> Callable[[Callable[P, Awaitable[func.HttpResponse]]], Callable[P, Awaitable[func.HttpResponse]]]:
    """Answer 4xx for the caller's mistakes and 503 when something of ours is away; a bug becomes the host's 500.

    `how_to_repeat` tells the caller who is answered 503 what may be left behind, and how to send the request again.
    """

    def decorated(endpoint: Callable[P, Awaitable[func.HttpResponse]]) -> Callable[P, Awaitable[func.HttpResponse]]:
        @wraps(endpoint)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
            try:
                return await endpoint(*args, **kwargs)
            except InvalidMessage as mistake:
                return problem(mistake.status, errors=mistake.errors)
            except BrokenSettings as broken:  # names settings and no values, to callers who have shown a key
                log.error("settings are broken", fault=str(broken))  # noqa: TRY400  # there is nothing to trace
                return problem(503, f"The settings of this app must be mended. {broken}")
            except (StoreUnavailable, WorkflowUnavailable) as fault:
                log.warning("not available", fault=str(fault))
                return problem(503, f"Something this app depends on is not available. {how_to_repeat}")

        return guarded

    return decorated
