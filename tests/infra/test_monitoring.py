"""Workbook and alerts ask for what the app measures."""

import json
import re
from itertools import chain
from pathlib import Path

from tests.infra.bicep import resources, text, variable

ROOT = Path(__file__).parents[2]
MEASURED = set(re.findall(r'"(landfall(?:\.\w+)+)"', (ROOT / "telemetry" / "metrics.py").read_text()))
"""Names of metrics and of their attributes."""

WORKBOOK_QUERIES = [
    item["content"]["query"] for item in json.loads(text("workbook.json"))["items"] if "query" in item["content"]
]
QUERIES = [*WORKBOOK_QUERIES, *(each["query"] for each in variable("alerts.bicep", "queries"))]


def test_every_metric_and_attribute_that_is_asked_for_is_measured():
    asked = set(chain.from_iterable(re.findall(r"'(landfall\.[\w.]+)'", query) for query in QUERIES))
    assert asked - MEASURED == set()


def test_the_workbook_shows_how_messages_fare_what_they_cost_and_where_they_wait():
    shown = set(chain.from_iterable(re.findall(r"'landfall\.([\w.]+)'", query) for query in WORKBOOK_QUERIES))
    assert shown >= {
        *("messages.accepted", "messages.finished", "messages.overdue.age"),
        *("attempts.begun", "attempts.failed", "attempts.unreported", "attempt.delivery.duration"),
        *("event.delay", "events.unmatched", "provider.duration", "store.request_units"),
    }


def test_an_attribute_is_read_as_text_before_it_is_compared():
    compared = [re.findall(r"(\w*\(?)Properties\['", query) for query in QUERIES]
    assert set(chain.from_iterable(compared)) == {"tostring(", "toint("}


def test_an_alert_has_a_name_of_its_own():
    named = [each["name"] for each in (*variable("alerts.bicep", "queries"), *variable("alerts.bicep", "eventCounts"))]
    named += [
        each.body["name"] for each in resources("Microsoft.Insights/metricAlerts") if isinstance(each.body["name"], str)
    ]

    assert len(named) == len(set(named))
    assert {"low-delivery-rate", "stuck-workflows", "old-messages", "throttled-provider", "throttled-store"} <= set(
        named
    )
    assert {"dead-letters-of-providers", "dead-letters-of-others"} <= set(named)
