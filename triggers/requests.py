"""Reading what callers send: JSON into a pydantic model, or a refusal that names every field at fault."""

import re
from typing import Any, TypeVar

import azure.functions as func
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from delivery.errors import InvalidMessage

LARGEST_BODY = 256 * 1024
"""Bytes; well over the longest text of any channel, well under what a document of the store holds."""


class Body(BaseModel):
    """A JSON body: camelCase keys, no others than those of the model, and no guessing of types."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True)


B = TypeVar("B", bound=Body)


def read_body(request: func.HttpRequest, model: type[B]) -> B:
    """The body as `model`. Raises `InvalidMessage`: 413 too large, 415 not JSON, 400 with the fields at fault."""
    content_type = request.headers.get("Content-Type", "application/json").split(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise InvalidMessage(("Content-Type", "must be application/json"), status=415)
    body = request.get_body()
    if len(body) > LARGEST_BODY:
        raise InvalidMessage(("body", f"must not be larger than {LARGEST_BODY} bytes"), status=413)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=True)
        raise InvalidMessage(*((_path(each["loc"]) or "body", _reason(each)) for each in details)) from None


def _path(location: tuple[str | int, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


REASONS = {
    "missing": "is required",
    "extra_forbidden": "is not a field that we know",
    "json_invalid": "is not valid JSON",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "timezone_aware": "must name its offset, as in 2026-12-01T09:00:00Z",
    "datetime_parsing": "must be an RFC 3339 time, as in 2026-12-01T09:00:00Z",
    "datetime_from_date_parsing": "must be an RFC 3339 time, as in 2026-12-01T09:00:00Z",
    "datetime_type": "must be an RFC 3339 time, as in 2026-12-01T09:00:00Z",
}
"""By pydantic's type of error. Its own texts may quote the input."""


def _reason(detail: Any) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            return str(context["error"])  # ours: every validator of ours says what it wants, and quotes nothing
        case "literal_error":
            return "must be " + re.sub(r"'", "", str(context["expected"]))
        case "string_too_long":
            return f"must not be longer than {context['max_length']} characters"
        case kind:
            return REASONS.get(kind, "is not valid")
