"""OpenTelemetry's own SDK, which listens to the app while a test wants it to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from opentelemetry import metrics
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import format_trace_id

from telemetry import traces

DELTA: dict[type, AggregationTemporality] = {
    Counter: AggregationTemporality.DELTA,
    Histogram: AggregationTemporality.DELTA,
}


class Listener(SpanProcessor):
    """The spans that have ended and the metrics that were taken since it began to listen."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self._reader = InMemoryMetricReader(preferred_temporality=DELTA)
        self._points: list[tuple[str, dict[str, Any], Any]] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)

    def begin(self) -> None:
        self.spans, self._points = [], []
        self._reader.get_metrics_data()  # what others have left

    def traces(self) -> set[str]:
        return {format_trace_id(span.context.trace_id) for span in self.spans}

    def names(self) -> list[str]:
        """Of the spans, in the order in which they ended."""
        return [span.name for span in self.spans]

    def counted(self, name: str) -> dict[tuple[Any, ...], Any]:
        """The values of a metric by those of its attributes, in the order of their names: of a histogram the sums."""
        return self._by_attributes(name, lambda point: point.sum if hasattr(point, "sum") else point.value)

    def measured(self, name: str) -> dict[tuple[Any, ...], int]:
        """How often a histogram was given a value."""
        return self._by_attributes(name, lambda point: point.count)

    def _by_attributes(self, name: str, value_of: Callable[[Any], Any]) -> dict[tuple[Any, ...], Any]:
        values: dict[tuple[Any, ...], Any] = {}
        for metric, attributes, point in self._taken():
            if metric == name:
                key = tuple(attributes[attribute] for attribute in sorted(attributes))
                values[key] = values.get(key, 0) + value_of(point)
        return values

    def everything(self) -> str:
        """All that was told, as text."""
        points = [(name, attributes, point.to_json()) for name, attributes, point in self._taken()]
        return "\n".join([*(span.to_json() for span in self.spans), json.dumps(points)])

    def _taken(self) -> list[tuple[str, dict[str, Any], Any]]:
        data = self._reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    self._points += [
                        (metric.name, dict(point.attributes or {}), point) for point in metric.data.data_points
                    ]
        return self._points


@cache
def _listener() -> Listener:
    """One for the process: OpenTelemetry lets the provider of metrics be set once."""
    listener = Listener()
    metrics.set_meter_provider(MeterProvider(metric_readers=[listener._reader]))
    return listener


@contextmanager
def listening() -> Iterator[Listener]:
    """Only within are spans made: a provider of theirs, once set, would put a trace into the records of later tests."""
    listener = _listener()
    listener.begin()
    provider = TracerProvider()
    provider.add_span_processor(listener)
    with patch.object(traces, "_tracer", provider.get_tracer("landfall")):
        yield listener
