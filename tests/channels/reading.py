"""What tests read in the data of a report, which is one of ours to read."""

from datetime import UTC, datetime
from typing import Any

from channels.providers import read_report
from channels.report import Report
from domain.messages.attempt import Receipt
from events.event import Unmatched
from tests.channels.events import TYPES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""When Event Grid says that the event was raised."""


def read(kind: str, data: Any) -> Report | Unmatched | None:
    return read_report(TYPES[kind], data, NOON)


def read_well(kind: str, data: Any) -> Report:
    """The report in the data; one there must be."""
    report = read(kind, data)
    assert isinstance(report, Report)
    return report


def receipt(kind: str, data: Any) -> Receipt:
    """What the report says; a report there must be."""
    news = read_well(kind, data).news
    assert isinstance(news, Receipt)
    return news


def code(kind: str, data: Any) -> str | None:
    reason = receipt(kind, data).reason
    return reason.code if reason else None
