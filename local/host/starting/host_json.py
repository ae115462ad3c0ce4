"""`host.json`: what it says of the host, as far as that means something here."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from local.durable.engine import Limits
from local.durable.execution.versions import Match, OnMismatch, Versions
from local.host.starting.cannot_start import CannotStart
from local.host.starting.json_file import read_json

Choice = TypeVar("Choice", bound=StrEnum)


class InvalidSetting(Exception):
    """The text says which setting it is, and what it may be."""


class Overridable(StrEnum):
    """`overridableExistingInstanceStates`: which workflows may be replaced by a new one of the same id."""

    NON_RUNNING = "NonRunningStates"
    ANY = "AnyState"


@dataclass(frozen=True)
class HostJson:
    """The settings, or their defaults. With `replaces_live` a start under a live id ends what runs there."""

    hub_name: str = "TestHubName"
    route_prefix: str = "api"
    versions: Versions = field(default_factory=Versions)
    replaces_live: bool = False
    limits: Limits = field(default_factory=Limits)


def read_host_json(file: Path) -> HostJson:
    """Defaults without the file. Raises `CannotStart` for what cannot be read or is not a valid choice."""
    content = read_json(file) if file.exists() else {}
    try:
        return _host_json(content)
    except InvalidSetting as error:
        raise CannotStart(f"{file}: {error}") from None


def _host_json(content: Any) -> HostJson:
    """Raises `InvalidSetting`."""
    if not isinstance(content, dict):
        raise InvalidSetting("it must hold a JSON object.")
    extensions = _section(content, "extensions")
    durable, http = _section(extensions, "durableTask"), _section(extensions, "http")
    return HostJson(
        hub_name=_text(durable, "hubName", "TestHubName"),
        route_prefix=_text(http, "routePrefix", "api").strip("/"),
        versions=_versions(durable),
        replaces_live=_replaces_live(durable),
        limits=_limits(durable),
    )


def _section(content: dict[str, Any], name: str) -> dict[str, Any]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise InvalidSetting(f"{name} must be a JSON object.")
    return section


def _text(section: dict[str, Any], name: str, default: str) -> str:
    text = section.get(name, default)
    if not isinstance(text, str):
        raise InvalidSetting(f"{name} must be a text.")
    return text


def _versions(durable: dict[str, Any]) -> Versions:
    return Versions(
        durable.get("defaultVersion"),
        _choice(durable, "versionMatchStrategy", Match.CURRENT_OR_OLDER),
        _choice(durable, "versionFailureStrategy", OnMismatch.REJECT),
    )


def _replaces_live(durable: dict[str, Any]) -> bool:
    return _choice(durable, "overridableExistingInstanceStates", Overridable.NON_RUNNING) is Overridable.ANY


def _limits(durable: dict[str, Any]) -> Limits:
    keys = {"orchestrators": "Orchestrator", "activities": "Activity", "entities": "Entity"}
    names = {kind: f"maxConcurrent{word}Functions" for kind, word in keys.items()}
    for name in names.values():
        if name in durable and not (type(durable[name]) is int and durable[name] > 0):
            raise InvalidSetting(f"{name} is {durable[name]!r}, and must be a number from 1 on.")
    return Limits(**{kind: durable[name] for kind, name in names.items() if name in durable})


def _choice(durable: dict[str, Any], name: str, default: Choice) -> Choice:
    """A word, in any case of letters."""
    given = durable.get(name, default)
    for choice in type(default):
        if str(given).lower() == choice.lower():
            return choice
    raise InvalidSetting(f"{name} is {given!r}, and must be one of {', '.join(type(default))}.")
