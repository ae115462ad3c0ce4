"""Names that others build upon: dashboards, alerts, and who reads docs/telemetry.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "telemetry" / "metrics.py").read_text()
METRICS = set(re.findall(r"(?:create_\w+|_seconds_of)\(\s*\"([\w.]+)\"", SOURCE))
ATTRIBUTES = set(re.findall(r"\"(landfall\.\w+)\"[,\n]", SOURCE)) - METRICS
PAGE = (ROOT / "docs" / "telemetry.md").read_text()


def test_every_metric_is_on_its_page_and_no_other():
    rows = re.findall(r"^\| `(landfall\.[\w.]+)` \|", PAGE, re.MULTILINE)
    assert len(METRICS) > 10
    assert sorted(rows) == sorted(METRICS)


def test_every_attribute_of_a_metric_is_on_its_page_and_no_other():
    cells = re.findall(r"^\| `landfall\.[\w.]+` \|[^|]+\|([^|]*)\|", PAGE, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)} == ATTRIBUTES


@pytest.mark.parametrize("file", [*ROOT.glob("infra/*.bicep"), *ROOT.glob("infra/*.json")], ids=lambda it: it.name)
def test_every_name_of_ours_in_the_infrastructure_is_one_that_we_tell(file):
    told = set(re.findall(r"'(landfall\.[a-z_.]+[a-z])'", file.read_text()))
    assert told - METRICS - ATTRIBUTES == set()
