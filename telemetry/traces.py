"""One trace for each message, from the request that brings it to its outcome, whichever worker does the next part.

Its record keeps the `traceparent` (W3C Trace Context) of that request, and every later span continues it. There are
none in orchestrators and entities, which run again at every replay.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from domain.messages.message import Message

P = ParamSpec("P")
T = TypeVar("T")

_tracer = trace.get_tracer("landfall")
_w3c = TraceContextTextMapPropagator()


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, Any] | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    within: Context | None = None,
) -> Iterator[trace.Span]:
    """A span around this block, within the current one unless told otherwise; attributes that are None are left out.

    Of what is raised it keeps the type alone: the text of a foreign error may hold an address.
    """
    known = {name: value for name, value in (attributes or {}).items() if value is not None}
    with _tracer.start_as_current_span(
        name, within, kind, known, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(StatusCode.ERROR)
            raise


@contextmanager
def request_span(name: str, headers: Mapping[str, str]) -> Iterator[None]:
    """Continues the trace of the host where it lends us one, else that of the caller, else begins one."""
    is_lent = trace.get_current_span().get_span_context().is_valid
    with span(name, within=None if is_lent else _w3c.extract({"traceparent": headers.get("traceparent", "")})):
        yield


@contextmanager
def message_span(name: str, message: Message) -> Iterator[None]:
    """Continues the trace of a message."""
    with span(name, _about(message.id), within=_continued(message.trace)):
        yield


def in_message_trace(activity: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Lets an activity continue the trace of its payload's message: {"messageId", "trace", …}, where it has one."""

    @wraps(activity)
    async def traced(*args: P.args, **kwargs: P.kwargs) -> T:
        payload: Any = kwargs["payload"]  # as the Functions worker names it
        asked = {"landfall.channel": payload.get("channel"), "landfall.attempt": payload.get("attempt")}
        attributes = {**_about(payload["messageId"]), **asked}
        with span(activity.__name__, attributes, within=_continued(payload.get("trace"))):
            return await activity(*args, **kwargs)

    return traced


def traceparent() -> str | None:
    """What continues the current trace elsewhere; None outside of any."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """The current trace; None outside of any."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def trace_id_in(headers: Mapping[str, str]) -> str | None:
    """The trace of a request: the one that the host lends us, else the caller's."""
    extracted = _w3c.extract({"traceparent": headers.get("traceparent", "")})
    context = trace.get_current_span(extracted).get_span_context()
    return trace_id() or (f"{context.trace_id:032x}" if context.is_valid else None)


def tell_of(message: Message) -> None:
    """The current span is about this message, which has come to its status in it."""
    trace.get_current_span().set_attributes({**_about(message.id), "landfall.status": message.status})


def _about(message_id: str) -> dict[str, Any]:
    return {"landfall.message.id": message_id}


def _continued(traceparent: str | None) -> Context | None:
    return _w3c.extract({"traceparent": traceparent}) if traceparent else None
