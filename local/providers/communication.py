"""The routes of Communication Services: signature, API version and errors around the three channels."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from local.clock import Clock
from local.providers.email import email_operation, send_email
from local.providers.refusals import Refusal, error_answer
from local.providers.sending import ConnectionCut, Sending
from local.providers.signature import check_signature
from local.providers.sms import send_sms
from local.providers.whatsapp import send_whatsapp

SENDING = web.AppKey("sending", Sending)
REAL_TIME = Clock()  # requests are signed with real dates, whatever time the platform has
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def communication_routes() -> list[web.RouteDef]:
    """What the SDKs for SMS, email and WhatsApp call."""
    return [
        web.post("/sms", _guarded("sms", _sms)),
        web.post("/emails:send", _guarded("email", _email)),
        web.get("/emails/operations/{id}", _guarded("email", _email_operation)),
        web.post("/messages/notifications:send", _guarded("whatsapp", _whatsapp)),
    ]


def _guarded(channel: str, handler: Handler) -> Handler:
    """The handler for those who may call it; what it refuses becomes the documented error."""

    async def answer(request: web.Request) -> web.StreamResponse:
        with request.app[SENDING].clock.work.begin("provider request"):
            return await guarded(request)

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            target, body = request.raw_path, await request.read()
            check_signature(request.method, target, request.headers, body, REAL_TIME.now())
            _check_api_version(request.query.get("api-version"))
            return await handler(request)
        except Refusal as refusal:
            return error_answer(channel, refusal)
        except ConnectionCut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # nobody hears it

    return answer


def _check_api_version(version: str | None) -> None:
    if version is None:
        raise Refusal(400, "MissingApiVersionParameter", "The query parameter api-version is required.")
    if not _API_VERSION.fullmatch(version):
        raise Refusal(400, "UnsupportedApiVersionValue", "The api-version is not known.")


async def _sms(request: web.Request) -> web.Response:
    return _json(await send_sms(request.app[SENDING], await request.read()), 202)


async def _email(request: web.Request) -> web.Response:
    operation = await send_email(request.app[SENDING], request.headers, await request.read())
    location = request.url.with_path(f"/emails/operations/{operation['id']}", keep_query=True)
    return _json(operation, 202, {"Operation-Location": str(location), "retry-after": "1"})


async def _email_operation(request: web.Request) -> web.Response:
    request.app[SENDING].meet_fault("email")
    return _json(email_operation(request.app[SENDING], request.match_info["id"]), 200)


async def _whatsapp(request: web.Request) -> web.Response:
    answer = await send_whatsapp(request.app[SENDING], request.headers, await request.read())
    headers = {"Repeatability-Result": "accepted"} if "Repeatability-Request-ID" in request.headers else {}
    return _json(answer, 202, headers)


def _json(answer: Any, status: int, headers: dict[str, str] | None = None) -> web.Response:
    # The SDKs compare no content type with a charset, but Azure sends one.
    body = json.dumps(answer).encode()
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    return web.Response(body=body, status=status, headers={**content_type, **(headers or {})})
