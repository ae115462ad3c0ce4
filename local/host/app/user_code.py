"""The functions that an app's authors wrote, below the wrappers of the SDKs and their own."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

INNER = ("orchestrator_function", "entity_function", "client_function", "__wrapped__")
"""Where azure-functions-durable 1.7.0 and `functools.wraps` keep what they have wrapped."""


def layers(call: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The callable, what it wraps, and so on to the function itself."""
    yield call
    inner = next((getattr(call, name) for name in INNER if hasattr(call, name)), None)
    if inner is not None:
        yield from layers(inner)


def user_code(call: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself."""
    *_, function = layers(call)
    return function


def place(call: Callable[..., Any]) -> str:
    """File and line of the function."""
    code = getattr(user_code(call), "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code else "a place unknown"


def is_async(call: Callable[..., Any]) -> bool:
    """Whether calling it gives something to await or to iterate over asynchronously, on whichever layer that begins."""
    return any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in layers(call))
