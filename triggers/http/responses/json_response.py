"""JSON responses."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """JSON, as UTF-8."""
    text = json.dumps(body, ensure_ascii=False)
    return func.HttpResponse(text, status_code=status, headers=dict(headers or {}), mimetype="application/json")
