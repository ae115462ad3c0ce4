"""Whoever is woken by an alert finds its section, and every way on from there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.__main__ import _parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
RUNBOOK = (DOCS / "runbook.md").read_text()
PAGES = sorted(DOCS.glob("*.md"))


def anchor(title: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)}


def alerts() -> list[str]:
    """Whatever writes to the operator, by name: the alerts, whose names have a hyphen, and the budget."""
    named = re.findall(r"name: '([a-z]+(?:-[a-z]+)+)'", (ROOT / "infra" / "alerts.bicep").read_text())
    return [*(name for name in named if name != "landfall-operators"), "landfall"]


def test_every_alert_has_its_section():
    assert {"low-delivery-rate", "dead-letters-of-others", "throttled-store", "landfall"} <= set(alerts())
    _, _, section = RUNBOOK.partition("\n## Alerts\n")
    described = re.findall(r"^### (.+)$", section.partition("\n## ")[0], re.MULTILINE)

    assert sorted(described) == sorted(alerts())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_section_leads_there(page):
    assert [link for link in links(page) if not leads_somewhere(page, *link)] == []


def links(page: Path) -> Iterator[tuple[str, str]]:
    yield from re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", page.read_text())


def leads_somewhere(page: Path, target: str, section: str) -> bool:
    return section in anchors(page.parent / target if target else page)


def test_the_commands_of_operators_are_understood():
    commands = re.findall(r"-m operations (.+?)(?:\n|`)", RUNBOOK)
    assert len(commands) == 3
    for command in commands:
        words = re.sub(r'"\$\(.*?\)"|"\$\w+"', "https://example.com/there", command).split()
        assert _parser().parse_args(words).source


@pytest.mark.parametrize(
    "asked",
    [
        *("401", "403", "404", "429", "expired template", "stuck workflow", "lost subscription", "dead letters"),
        *("renewing keys", "revoking access", "rollback with workflows in flight", "where data lives"),
    ],
)
def test_what_operators_ask_for_has_a_section(asked):
    titles = [title.lower() for title in re.findall(r"^### (.+)$", RUNBOOK, re.MULTILINE)]
    assert any(asked in title for title in titles)
