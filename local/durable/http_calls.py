"""`call_http`: one call by the host itself, and what the host makes of a 202."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import aiohttp

from local.durable.functions import FunctionFailed
from local.durable.history import compact

HTTP_ACTIVITY = "BuiltIn::HttpActivity"
"""The name of the call in the history. It cannot be the name of an app's function."""

PAUSE = timedelta(seconds=30)
"""Between two polls, if the server names no time: the host's default."""

TIMEOUT = aiohttp.ClientTimeout(total=100)
"""How long .NET's HttpClient waits."""

Request = dict[str, Any]


async def call_http(request_text: str) -> str:
    """Make one call; its answer, whatever the status, as {"statusCode", "headers", "content"}.

    `request_text` is the action's httpRequest. Raises `FunctionFailed` if there is no answer.
    """
    request: Request = json.loads(request_text)
    if request.get("tokenSource"):
        raise FunctionFailed("NotSupportedError: a laptop has no managed identity to take a token from")
    method, url, body = request["method"], request["uri"], request.get("content")
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.request(method, url, data=body and body.encode(), headers=_headers(request)) as answer,
        ):
            return compact(await _result(answer))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise FunctionFailed(f"{type(error).__name__}: no answer to an HTTP call") from None


def next_poll(request: Request, result: str | None, now: datetime | None) -> tuple[Request, datetime] | None:
    """What to ask when, after this answer to the request; None if the answer stands.

    Only a 202 with a Location is polled, and only if the request does not say that it shall not be.
    """
    answer = json.loads(result) if result and now else {}
    headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
    if answer.get("statusCode") != 202 or "location" not in headers or now is None:
        return None
    if not request.get("asynchronousPatternEnabled", True):
        return None
    again = {key: value for key, value in request.items() if key != "content"}
    again |= {"method": "GET", "uri": urljoin(request["uri"], _one(headers["location"]))}
    return again, _after(headers.get("retry-after"), now)


def _headers(request: Request) -> dict[str, str]:
    """Content is JSON unless the caller says otherwise."""
    headers: dict[str, str] = request.get("headers") or {}
    named = {name.lower() for name in headers}
    return headers if "content-type" in named else {"Content-Type": "application/json", **headers}


async def _result(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    values = {name: answer.headers.getall(name) for name in answer.headers}
    headers = {name: value[0] if len(value) == 1 else value for name, value in values.items()}
    return {"statusCode": answer.status, "headers": headers, "content": await answer.text(errors="replace")}


def _one(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _after(retry_after: Any, now: datetime) -> datetime:
    """Seconds, or a date."""
    text = _one(retry_after) if retry_after else ""
    if text.isascii() and text.isdecimal():
        return now + timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return now + PAUSE
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
