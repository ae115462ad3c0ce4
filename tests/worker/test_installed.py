"""What Azure installs with the app: nothing that gets in the way of the worker or of our own modules."""

from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_repository import LAYERS

ROOT = Path(__file__).parents[2]
OF_THE_WORKER = {"protobuf", "grpcio", "grpcio-tools", "azure-functions-worker", "azure-functions-runtime"}
"""The worker brings its own; another version in the app stops it, up to Python 3.12."""


def wanted() -> Iterator[Requirement]:
    """The lines of requirements.txt that count for this Python."""
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text and _counts(requirement := Requirement(text)):
            yield requirement


def _counts(requirement: Requirement, extras: frozenset[str] = frozenset()) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def installed() -> set[str]:
    """The distributions that requirements.txt brings, with what they ask for themselves."""
    found: dict[str, frozenset[str]] = {}
    open_ones = list(wanted())
    while open_ones:
        requirement = open_ones.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if name in found and extras <= found[name]:
            continue
        found[name] = found.get(name, frozenset()) | extras
        asked = [Requirement(text) for text in distribution(name).requires or []]
        open_ones += [each for each in asked if _counts(each, found[name])]
    return set(found)


def test_nothing_of_the_worker_is_installed_with_the_app():
    assert len(installed()) > 20
    assert installed() & OF_THE_WORKER == set()


def test_no_installed_module_has_the_name_of_one_of_ours():
    """The worker looks among the installed ones first."""
    ours = set().union(*LAYERS)
    theirs = {
        module for module, names in packages_distributions().items() if {*map(canonicalize_name, names)} & installed()
    }

    assert {"aiohttp", "azure", "pydantic"} <= theirs
    assert ours & theirs == set()
