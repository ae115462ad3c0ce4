"""What the engine's page says is tested, is."""

import re

from tests.local.durable.platform import APPS

TESTS = (APPS.parent / "local", APPS.parent / "worker")
PAGE = APPS.parents[1] / "docs" / "local-engine.md"


def test_every_test_on_the_page_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    files = [file for folder in TESTS for file in folder.rglob("test_*.py")]
    written = {name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text())}

    assert named - written == set()


def test_every_yes_has_its_test():
    rows = re.findall(r"^\| .+ \| (yes[^|]*) \|(.*)\|$", PAGE.read_text(), re.MULTILINE)

    assert len(rows) > 90
    assert [(says, tests) for says, tests in rows if "`test_" not in tests] == []
