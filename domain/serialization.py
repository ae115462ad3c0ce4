"""The one converter between our dataclasses and JSON: camelCase outside, snake_case inside."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from domain import clock

Document = dict[str, Any]
T = TypeVar("T")


def to_document(value: Any) -> Any:
    """JSON for a dataclass, or for what its fields may hold. A field that is None is left out.

    datetime: RFC 3339 with `Z`. timedelta: ISO 8601 in seconds, as `PT300S`. tuple: a list.
    """
    match value:
        case datetime():
            return clock.to_text(value)
        case timedelta():
            return f"PT{value.total_seconds():g}S"
        case tuple() | list():
            return [to_document(item) for item in value]
        case Mapping():
            return {key: to_document(item) for key, item in value.items()}
    if not is_dataclass(value):
        return value
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    return {camel_case(name): to_document(item) for name, item in given.items() if item is not None}


def from_document(kind: Callable[..., T], document: Document) -> T:
    """The dataclass `kind` from JSON that `to_document` made; unknown keys are ignored, missing ones take defaults."""
    hints = _types(kind)
    known = {name: document[key] for name in hints if (key := camel_case(name)) in document}
    return kind(**{name: _value(hints[name], item) for name, item in known.items()})


@cache
def camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) is UnionType:
        [kind] = [choice for choice in get_args(kind) if choice is not NoneType]
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], item) for item in value)
    if get_origin(kind) is dict:
        return {key: _value(get_args(kind)[1], item) for key, item in value.items()}
    if kind is datetime:
        return clock.from_text(value)
    if kind is timedelta:
        return timedelta(seconds=float(value[2:-1]))
    return from_document(kind, value) if isinstance(kind, type) and is_dataclass(kind) else value
