"""What Azure installs with the app: the same tree each time, and nothing in the way of the worker or of our modules."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.architecture import LAYERS

ROOT = Path(__file__).parents[2]
OF_THE_WORKER = {"protobuf", "grpcio", "grpcio-tools", "azure-functions-worker", "azure-functions-runtime"}
"""The worker brings its own; another version in the app stops it, up to Python 3.12."""


LOCK = (ROOT / "requirements.txt").read_text()


def wanted(python: str | None = None) -> Iterator[Requirement]:
    """What pyproject.toml asks for, as far as it counts for a Python such as 3.12, or for this one."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return (each for each in map(Requirement, asked) if _counts(each, python=python))


def locked(python: str | None = None) -> dict[str, str]:
    """The versions of the lock, by name."""
    pins = [Requirement(text) for text in re.findall(r"^([a-z].*?)(?= *\\$)", LOCK, re.MULTILINE)]
    return {each.name: str(each.specifier).removeprefix("==") for each in pins if _counts(each, python=python)}


def _counts(requirement: Requirement, extras: frozenset[str] = frozenset(), python: str | None = None) -> bool:
    marker = requirement.marker
    other = {"python_version": python, "python_full_version": f"{python}.0"} if python else {}
    return marker is None or any(marker.evaluate({"extra": extra, **other}) for extra in (*extras, ""))


def installed() -> set[str]:
    """The distributions that we ask for, with what they ask for themselves."""
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


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_agrees_with_what_is_asked_for(python):
    """When it fails: `make lock`."""
    pins = locked(python)
    astray = [str(each) for each in wanted(python) if not each.specifier.contains(pins[each.name], prereleases=True)]

    assert astray == []


def test_what_is_installed_here_is_the_whole_lock():
    """When it fails: `make install`, or `make lock` when something new is asked for."""
    assert {name: distribution(name).version for name in installed()} == locked()


def test_every_version_of_the_lock_has_the_hashes_of_its_files():
    """With one of them pip takes no file whose hash it does not know, and nothing that is not in the lock."""
    blocks = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE)[1:]

    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_nothing_of_the_worker_is_installed_with_the_app():
    assert len(installed()) > 20
    assert installed() & OF_THE_WORKER == set()


def modules_of(name: str) -> set[str]:
    """What it puts beside the other installed modules: its packages and single files."""
    files = distribution(name).files or []
    return {file.parts[0].partition(".")[0] for file in files if file.suffix in (".py", ".so")} - {""}


def test_no_installed_module_has_the_name_of_one_of_ours():
    """The worker looks among the installed ones first."""
    ours = set().union(*LAYERS)
    theirs = set().union(*map(modules_of, installed()))

    assert {"aiohttp", "azure", "pydantic"} <= theirs
    assert ours & theirs == set()
