"""Reading what callers send: JSON into a pydantic model, or a refusal that names every field at fault."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TypeVar

import azure.functions as func
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from domain.errors import FieldCode, InvalidMessage, InvalidValue

LARGEST_BODY = 256 * 1024
"""Bytes; well over the longest text of any channel, well under what a document of the store holds."""


class Body(BaseModel):
    """A JSON body: camelCase keys, no others than those of the model, and no guessing of types.

    A field that is null is one that is left out, in every object.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = {field.alias for field in cls.model_fields.values()}
        return {name: value for name, value in given.items() if value is not None or name not in known}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What may be left out may be null, so null as a default says nothing, and generated clients trip over it."""
        schema = handler(core_schema)
        described = handler.resolve_ref_schema(schema)
        for name, field in described["properties"].items():
            if name not in described.get("required", ()) and {"type": "null"} not in field.get("anyOf", ()):
                default = {key: field.pop(key) for key in ("default",) if key in field}
                described["properties"][name] = {"anyOf": [field, {"type": "null"}], **default}
            if described["properties"][name].get("default", ...) is None:
                del described["properties"][name]["default"]
        return schema


B = TypeVar("B", bound=Body)


def read_body(request: func.HttpRequest, model: type[B]) -> B:
    """The body as `model`. Raises `InvalidMessage`: 413 too large, 415 not JSON, 400 with the fields at fault."""
    return validated(_json_in(request), model)


def read_merge_patch(request: func.HttpRequest, model: type[Body]) -> dict[str, Any]:
    """A JSON Merge Patch (RFC 7396) of an object that is a `model`. Raises `InvalidMessage`, as `read_body` does."""
    patch = json.loads(_json_in(request))
    if not isinstance(patch, dict):
        raise InvalidMessage(("body", *AN_OBJECT))
    if unknown := sorted(patch.keys() - {field.alias for field in model.model_fields.values()}):
        raise InvalidMessage(*((name, *REASONS["extra_forbidden"]) for name in unknown))
    return patch


def merge_patched(target: Any, patch: Any) -> Any:
    """The target with a JSON Merge Patch applied: null removes, objects are merged, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    known = target if isinstance(target, dict) else {}
    changed = {name: merge_patched(known.get(name), value) for name, value in patch.items() if value is not None}
    return {**{name: value for name, value in known.items() if name not in patch}, **changed}


def _json_in(request: func.HttpRequest) -> bytes:
    """The body, which is JSON. Raises `InvalidMessage`."""
    body = bytes_in(request, LARGEST_BODY)
    content_type = content_type_of(request)
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise InvalidMessage(("Content-Type", "notOneOf", "must be application/json"), mistake="unsupportedBody")
    _check_keys(body)
    return body


def content_type_of(request: func.HttpRequest) -> str:
    return str(request.headers.get("Content-Type", "application/json")).split(";")[0].strip().lower()


def bytes_in(request: func.HttpRequest, largest: int) -> bytes:
    """The body as it is. Raises `InvalidMessage`."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        raise InvalidMessage(
            ("Content-Encoding", "notOneOf", "must be identity: a body is sent as it is"), mistake="unsupportedBody"
        )
    body = request.get_body()
    if len(body) > largest:
        raise InvalidMessage(("body", "tooLong", f"must not be larger than {largest} bytes"), mistake="bodyTooLarge")
    return bytes(body)


def validated(body: bytes | str, model: type[B]) -> B:
    """JSON as `model`. Raises `InvalidMessage` with the fields at fault."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=True)
        raise InvalidMessage(*((_path(each["loc"]) or "body", *_code_and_reason(each)) for each in details)) from None


def _check_keys(body: bytes) -> None:
    """Raises `InvalidMessage` for keys that come twice in one object: readers differ in which of them they take."""
    try:
        repeated = [*_repeated(json.loads(body.decode(), object_pairs_hook=_Members, parse_constant=_not_json))]
    except UnicodeDecodeError:
        raise InvalidMessage(("body", "format", "must be in UTF-8")) from None
    except (ValueError, RecursionError):
        raise InvalidMessage(("body", "format", "is not valid JSON")) from None
    if repeated:
        raise InvalidMessage(*((path, "duplicate", "must be there once") for path in dict.fromkeys(repeated)))


class _Members(list[tuple[str, Any]]):
    """Those of a JSON object, as they came."""


def _repeated(value: Any, location: tuple[str | int, ...] = ()) -> Iterator[str]:
    """The path of each key that its object has already had."""
    members = value if isinstance(value, _Members) else enumerate(value) if isinstance(value, list) else ()
    known = set()
    for key, inner in members:
        path = (*location, key)
        if key in known:
            yield _path(path)
        known.add(key)
        yield from _repeated(inner, path)


def _not_json(constant: str) -> NoReturn:
    """NaN and the two infinities, which Python writes and JSON does not have."""
    raise ValueError(constant)


def _path(location: tuple[str | int, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


A_TIME: tuple[FieldCode, str] = ("format", "must be an RFC 3339 time, as in 2026-12-01T09:00:00Z")
AN_OBJECT: tuple[FieldCode, str] = ("wrongType", "must be an object")
REASONS: dict[str, tuple[FieldCode, str]] = {
    "missing": ("required", "is required"),
    "extra_forbidden": ("unknownField", "is not a field that we know"),
    "json_invalid": ("format", "is not valid JSON"),
    "string_type": ("wrongType", "must be a text"),
    "string_too_short": ("empty", "must not be empty"),
    "dict_type": AN_OBJECT,
    "model_type": AN_OBJECT,
    "model_attributes_type": AN_OBJECT,
    "tuple_type": ("wrongType", "must be a list"),
    "too_short": ("empty", "must not be empty"),
    "timezone_aware": ("format", "must name its offset, as in 2026-12-01T09:00:00Z"),
    "datetime_parsing": A_TIME,
    "datetime_from_date_parsing": A_TIME,
    "datetime_type": A_TIME,
}
"""By pydantic's type of error. Its own texts may quote the input."""


def _code_and_reason(detail: Any) -> tuple[FieldCode, str]:
    context = detail.get("ctx", {})
    match detail["type"], context.get("error"):
        case _, InvalidValue() as ours:  # says what it wants, and quotes nothing
            return ours.code, str(ours)
        case "literal_error", _:
            return "notOneOf", "must be " + re.sub(r"'", "", str(context["expected"]))
        case "string_too_long", _:
            return "tooLong", f"must not be longer than {context['max_length']} characters"
        case kind, _:
            return REASONS.get(kind, ("invalid", "is not valid"))
