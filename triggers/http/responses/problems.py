"""Errors as the API tells them: `application/problem+json` (RFC 9457) that names the field, and quotes no input."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

import azure.functions as func

from actions.workflow import WorkflowUnavailable
from domain.errors import FieldCode, InvalidMessage, StoreUnavailable
from settings import BrokenSettings
from telemetry.log_lines import json_log
from telemetry.request_ids import identified, request_id
from triggers.http.responses.problem_types import PROBLEM_TYPES, ProblemCode, url_of

log = json_log(__name__)
P = ParamSpec("P")


NOTHING_CHANGED = "Nothing was changed. The request may be sent again."
REQUEST_ID = "X-Request-Id"


def problem(
    code: ProblemCode,
    detail: str | None = None,
    errors: tuple[tuple[str, FieldCode, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    **further: str,
) -> func.HttpResponse:
    """The answer to a request that is at fault, or that cannot be served now. `further` fields stand beside."""
    kind = PROBLEM_TYPES[code]
    log.info("told of a problem", problem=code, codes=sorted({code for _, code, _ in errors}))
    body: dict[str, Any] = {"type": url_of(code), "title": kind.title, "status": kind.status, "requestId": request_id()}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [{"field": field, "code": code, "reason": reason} for field, code, reason in errors]
    return func.HttpResponse(
        json.dumps({**body, **further}),
        status_code=kind.status,
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
    Every answer names the id of its request.
    """

    def decorated(endpoint: Callable[P, Awaitable[func.HttpResponse]]) -> Callable[P, Awaitable[func.HttpResponse]]:
        @wraps(endpoint)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
            request: Any = kwargs["req"]  # as the Functions worker names it
            with identified(request.headers) as request_id:
                response = await _answer(endpoint(*args, **kwargs), how_to_repeat)
                response.headers[REQUEST_ID] = request_id
                return response

        return guarded

    return decorated


async def _answer(endpoint: Awaitable[func.HttpResponse], how_to_repeat: str) -> func.HttpResponse:
    try:
        return await endpoint
    except InvalidMessage as mistakes:
        return problem(mistakes.mistake, errors=mistakes.errors)
    except BrokenSettings as broken:  # names settings and no values, to callers who have shown a key
        log.error("settings are broken", fault=str(broken))  # noqa: TRY400  # there is nothing to trace
        return problem("brokenSettings", str(broken))
    except (StoreUnavailable, WorkflowUnavailable) as fault:
        log.warning("not available", fault=str(fault))
        return problem("unavailable", how_to_repeat)
