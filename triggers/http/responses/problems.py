"""Errors of the API: `application/problem+json` (RFC 9457), which names the field and quotes no input."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func

from domain.errors import FieldCode
from telemetry.log_lines import json_log
from telemetry.request_ids import request_id
from triggers.http.responses.problem_types import PROBLEM_TYPES, ProblemCode, url_of

log = json_log(__name__)


def problem(
    code: ProblemCode,
    detail: str | None = None,
    errors: tuple[tuple[str, FieldCode, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    **further: str,
) -> func.HttpResponse:
    """The answer to a request that is wrong, or that cannot be served now. `further`: additional fields."""
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
