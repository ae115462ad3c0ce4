"""Who makes the request that is being answered, and from where."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from domain.access.caller import Caller


@dataclass(frozen=True)
class Call:
    """`source` is the IP address that the caller came from; None on a laptop, where no front end tells it."""

    caller: Caller
    source: str | None


_current: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def made_by(caller: Caller, headers: Mapping[str, str]) -> Iterator[None]:
    token = _current.set(Call(caller, _source(headers)))
    try:
        yield
    finally:
        _current.reset(token)


def current_call() -> Call:
    """Raises `LookupError` outside of a route."""
    call = _current.get()
    if call is None:
        raise LookupError("no request is being answered")
    return call


def current_caller() -> Caller:
    return current_call().caller


def _source(headers: Mapping[str, str]) -> str | None:
    """The last entry of `X-Forwarded-For`: Azure's front end appends it. What stands before it anybody can write."""
    last = headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if last.startswith("["):  # [2001:db8::1]:443
        return last[1:].partition("]")[0] or None
    return (last.partition(":")[0] if last.count(":") == 1 else last)[:64] or None
