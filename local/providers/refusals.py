"""The errors that Communication Services answers with."""

from collections.abc import Mapping
from uuid import uuid4

from aiohttp import web


class Refusal(Exception):
    """An HTTP error in place of an accepted send. `field` is set when one field of the request is at fault."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.field, self.headers = field, dict(headers or {})


def invalid(name: str, message: str) -> Refusal:
    """The request has a fault in this field: 400."""
    return Refusal(400, "BadRequest", message, name)


def throttled() -> Refusal:
    """Too many requests: 429, to be repeated after a second."""
    return Refusal(
        429, "TooManyRequests", "The request limit is exceeded. Try again later.", headers={"Retry-After": "1"}
    )


def unavailable() -> Refusal:
    """The service cannot do it now: 503."""
    return Refusal(503, "ServiceUnavailable", "The service is temporarily unavailable.")


BY_STATUS = {429: throttled, 503: unavailable}


def error_answer(channel: str, refusal: Refusal) -> web.Response:
    """The answer as it travels: SMS names a bad field in a problem document, the others in their error object."""
    if channel == "sms" and refusal.field is not None:
        return web.json_response(_problem(refusal), status=refusal.status, content_type="application/problem+json")
    error = {"code": refusal.code, "message": refusal.message}
    if refusal.field is not None:
        error["target"] = refusal.field
    headers = {**refusal.headers, "x-ms-error-code": refusal.code}
    return web.json_response({"error": error}, status=refusal.status, headers=headers)


def _problem(refusal: Refusal) -> dict[str, object]:
    return {
        "type": f"https://tools.ietf.org/html/rfc9110#section-15.5.{refusal.status - 399}",
        "title": "The request is not valid.",
        "status": refusal.status,
        "errors": {refusal.field: [refusal.message]},
        "traceId": f"00-{uuid4().hex}-{uuid4().hex[:16]}-00",
    }
