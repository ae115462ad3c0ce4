"""The id of the current request: its response and all its log lines have it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import token_hex

from telemetry.traces import trace_id_in

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


@contextmanager
def identified(headers: Mapping[str, str]) -> Iterator[str]:
    """The id of the trace that the request is part of, else one of our own: 32 hexadecimal digits either way."""
    token = _current.set(trace_id_in(headers) or token_hex(16))
    try:
        yield request_id() or ""
    finally:
        _current.reset(token)


def request_id() -> str | None:
    """None outside of any request."""
    return _current.get()
