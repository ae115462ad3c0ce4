"""`call_http`: one call by the host itself.

The host can also poll a 202 for its caller, if the request asks for that. azure-functions-durable 1.7.0 never asks
(durable-python #380 wants it to): it leaves `asynchronousPatternEnabled` out, and the host reads that as false. So the
orchestrator gets a 202 as it came.
"""

import json
from typing import Any

import aiohttp

from local.durable.api.functions import FunctionFailed
from local.durable.execution.history import compact

HTTP_ACTIVITY = "BuiltIn::HttpActivity"
"""The name of the call in the history. It cannot be the name of an app's function."""

TIMEOUT = aiohttp.ClientTimeout(total=100)
"""How long .NET's HttpClient waits."""

Request = dict[str, Any]


async def call_http(request_text: str) -> str:
    """Make one call; its answer, whatever the status, as {"statusCode", "headers", "content"}.

    `request_text` is the action's httpRequest. Raises `FunctionFailed` if there is no answer, or no token for it.
    """
    request: Request = json.loads(request_text)
    method, url, body = request["method"], request["uri"], request.get("content")
    headers = {**_headers(request), **await _authorization(request)}
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.request(method, url, data=body and body.encode(), headers=headers) as answer,
        ):
            return compact(await _result(answer))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise FunctionFailed(f"{type(error).__name__}: no answer to an HTTP call") from None


def _headers(request: Request) -> dict[str, str]:
    """Content is JSON unless the caller says otherwise."""
    headers: dict[str, str] = request.get("headers") or {}
    named = {name.lower() for name in headers}
    return headers if "content-type" in named else {"Content-Type": "application/json", **headers}


async def _authorization(request: Request) -> dict[str, str]:
    """The token for the request's `tokenSource`, from the identity at hand, as the extension gets it.

    In Azure that is the managed identity; on a laptop the developer who is logged in, by `az login` or otherwise.
    """
    source = request.get("tokenSource")
    if source is None:
        return {}
    from azure.core.exceptions import AzureError  # here, since it costs every start a quarter of a second
    from azure.identity.aio import DefaultAzureCredential

    async with DefaultAzureCredential() as credential:
        try:
            token = await credential.get_token(source["resource"])
        except AzureError as error:
            raise FunctionFailed(
                f"{type(error).__name__}: no token for the resource {source['resource']}. There is no managed identity "
                "here; log in with `az login`, or set what azure-identity's DefaultAzureCredential looks for."
            ) from None
    return {"Authorization": f"Bearer {token.token}"}


async def _result(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    values = {name: answer.headers.getall(name) for name in answer.headers}
    headers = {name: value[0] if len(value) == 1 else value for name, value in values.items()}
    return {"statusCode": answer.status, "headers": headers, "content": await answer.text(errors="replace")}
