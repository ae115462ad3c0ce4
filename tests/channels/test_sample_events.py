"""Microsoft's own sample events, read as ours are.

The samples are not part of this repository: `LANDFALL_ACS_SPECS` names a folder with `events/`, one file per sample.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.providers import read_report
from channels.report import Report
from events.event import Unmatched

FOLDER = os.environ.get("LANDFALL_ACS_SPECS")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="LANDFALL_ACS_SPECS names no folder with the sample events")
SAMPLES = sorted(Path(FOLDER).glob("events/*.json")) if FOLDER else []

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXPECTED = {
    "SMSDeliveryReportReceived.json": ("sms", "delivered"),
    "EmailDeliveryReportReceived.json": ("email", "delivered"),
    "EmailDeliveryReportReceived.spec.json": ("email", "delivered"),
    "EmailEngagementTrackingReportReceived.json": ("email", "opened"),
    "EmailEngagementTrackingReportReceived.spec.json": ("email", "clicked"),
    "AdvancedMessageDeliveryStatusUpdated.sent.json": ("whatsapp", "sent"),
    "AdvancedMessageDeliveryStatusUpdated.failed.json": ("whatsapp", "failed"),
    "AdvancedMessageDeliveryStatusUpdated.delivered.spec.json": ("whatsapp", "delivered"),
}
"""All other samples are no reports, or, like the specification's SMS report, name no attempt."""


def reports_in(sample: Path, spell: Callable[[str], str] = str) -> list[Report | Unmatched | None]:
    events = json.loads(sample.read_text(encoding="utf-8"))
    return [_read(event, spell) for event in (events if isinstance(events, list) else [events])]


def _read(event: dict[str, Any], spell: Callable[[str], str]) -> Report | Unmatched | None:
    event_type = event.get("eventType") or event.get("type")
    return read_report(event_type, _respelt(event.get("data"), spell), NOON)


def _respelt(value: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {spell(key): _respelt(each, spell) for key, each in value.items()}
    return [_respelt(each, spell) for each in value] if isinstance(value, list) else value


def told(report: Report | Unmatched | None) -> tuple[str, str] | None:
    """The channel, and the word for what happened."""
    if not isinstance(report, Report):
        return None
    return report.channel, str(getattr(report.news, "status", getattr(report.news, "kind", "")))


def test_all_kinds_of_reports_are_among_the_samples():
    assert {sample.name for sample in SAMPLES} >= set(EXPECTED)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_tells_what_its_data_say_and_nothing_when_it_is_no_report(sample):
    for report in reports_in(sample):
        assert told(report) == EXPECTED.get(sample.name)


@pytest.mark.parametrize("spell", [str.lower, str.upper])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_tells_the_same_in_any_case(sample, spell):
    assert reports_in(sample, spell) == reports_in(sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_without_its_type_tells_the_same(sample):
    for event in json.loads(sample.read_text(encoding="utf-8")) if sample.name in EXPECTED else []:
        assert read_report(None, event["data"], NOON) == _read(event, str)
