"""JSON responses."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func


def json_text(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """JSON, as UTF-8."""
    return func.HttpResponse(
        json_text(body), status_code=status, headers=dict(headers or {}), mimetype="application/json"
    )
