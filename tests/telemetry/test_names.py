"""Names that others rely on: dashboards, alerts, and readers of docs/telemetry.md."""

import ast
import re

import pytest

from tests.test_repository import ROOT, app_files

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


def calls_of_the_log():
    nodes = [node for file in app_files() for node in ast.walk(ast.parse(file.read_text()))]
    return [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")]


def test_a_log_line_names_what_happened_in_constant_words_and_tells_the_rest_in_fields():
    """Words are what is searched for, and formatting them could break the JSON around them."""
    astray = [ast.unparse(call) for call in calls_of_the_log() if not is_constant(call.args)]
    assert calls_of_the_log()
    assert astray == []


def is_constant(arguments):
    match arguments:
        case [ast.Constant(value=str(words))]:
            return "%" not in words
    return False
