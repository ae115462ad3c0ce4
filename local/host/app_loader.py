"""Loads an app as the Python worker does: imports `function_app.py` and asks its one register for the functions."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure.functions import FunctionRegister

from local.durable.engine import Limits
from local.host.cannot_start import CannotStart

MODULE = "function_app"


@dataclass(frozen=True)
class AppFunction:
    """One function: what to call, and its bindings as the app declares them (plain JSON objects)."""

    name: str
    call: Callable[..., Any]
    bindings: list[dict[str, Any]]

    @property
    def trigger(self) -> dict[str, Any]:
        return next(binding for binding in self.bindings if binding["type"].endswith("Trigger"))

    @property
    def kind(self) -> str:
        """The trigger's type, such as `httpTrigger`."""
        return str(self.trigger["type"])

    @property
    def host_name(self) -> str:
        """What orchestrators and clients call it: a durable trigger may name it otherwise."""
        trigger = self.trigger
        return str(trigger.get("orchestration") or trigger.get("activity") or trigger.get("entityName") or self.name)


@dataclass(frozen=True)
class App:
    """Its functions, and what host.json says."""

    functions: list[AppFunction]
    hub_name: str = "TestHubName"
    route_prefix: str = "api"
    default_version: str | None = None
    limits: Limits = field(default_factory=Limits)

    def of_kind(self, kind: str) -> list[AppFunction]:
        return [function for function in self.functions if function.kind == kind]


def load_app(directory: Path) -> App:
    """Import the app. What its own code raises is raised here; otherwise `CannotStart`."""
    os.environ.setdefault("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
    functions = [
        AppFunction(
            name=str(function.get_function_name()),
            call=function.get_user_function(),
            bindings=[json.loads(text) for text in function.get_raw_bindings()],
        )
        for function in _register(directory).get_functions()
    ]
    _refuse_doubles(functions)
    return _with_settings(functions, directory / "host.json")


def _register(directory: Path) -> FunctionRegister:
    file = directory.resolve() / f"{MODULE}.py"
    if not file.is_file():
        raise CannotStart(f"There is no {MODULE}.py in {directory}.")
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(MODULE, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[MODULE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    registers = {id(value): value for value in vars(module).values() if isinstance(value, FunctionRegister)}
    if len(registers) != 1:
        raise CannotStart(f"{file} must hold exactly one function app, and holds {len(registers)}.")
    return next(iter(registers.values()))


def _refuse_doubles(functions: list[AppFunction]) -> None:
    """The host compares names without case; the SDK alone would let `a` and `A` pass."""
    seen: set[str] = set()
    for function in functions:
        if function.name.lower() in seen:
            raise CannotStart(f"Two functions are named {function.name} (the case of letters does not count).")
        seen.add(function.name.lower())


def _with_settings(functions: list[AppFunction], file: Path) -> App:
    host = json.loads(file.read_text()) if file.is_file() else {}
    extensions = host.get("extensions", {})
    durable = extensions.get("durableTask", {})
    limits = {
        kind: durable[key]
        for kind in ("orchestrators", "activities", "entities")
        if (key := f"maxConcurrent{_SINGULAR[kind]}Functions") in durable
    }
    return App(
        functions,
        hub_name=durable.get("hubName", "TestHubName"),
        route_prefix=extensions.get("http", {}).get("routePrefix", "api"),
        default_version=durable.get("defaultVersion"),
        limits=Limits(**limits),
    )


_SINGULAR = {"orchestrators": "Orchestrator", "activities": "Activity", "entities": "Entity"}
