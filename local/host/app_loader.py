"""Loads an app as the Python worker does: imports `function_app.py` and asks its one register for the functions."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from azure.functions import FunctionRegister

from local.host.app_module import import_app
from local.host.cannot_start import CannotStart
from local.host.host_json import HostJson, read_host_json
from local.host.user_code import is_async, place, user_code

log = logging.getLogger("host")

DURABLE = ("orchestrationTrigger", "activityTrigger", "entityTrigger")
BINDINGS = ("httpTrigger", "timerTrigger", "eventGridTrigger", *DURABLE, "durableClient")


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
    host: HostJson = field(default_factory=HostJson)

    def of_kind(self, kind: str) -> list[AppFunction]:
        return [function for function in self.functions if function.kind == kind]


def load_app(directory: Path) -> App:
    """Import the app. Raises `CannotStart` for what Azure could not run, or would run otherwise than it is written."""
    functions = _functions(import_app(directory))
    _refuse_doubles(functions)
    for function in functions:
        _refuse_unknown_bindings(function)
        _refuse_what_is_never_awaited(function)
        _refuse_what_is_no_type(function)
        _warn_of_another_name(function)
    return App(functions, read_host_json(directory / "host.json"))


def _functions(register: FunctionRegister) -> list[AppFunction]:
    try:
        declared = register.get_functions()
    except ValueError as error:  # the SDK's text names the function, but not where it is
        calls = [builder._function for builder in register._function_builders]
        places = [place(call.get_user_function()) for call in calls if f" {call.get_function_name()} " in str(error)]
        raise CannotStart(f"{'; '.join(places)}: {error}") from None
    return [
        AppFunction(
            name=str(function.get_function_name()),
            call=function.get_user_function(),
            bindings=[json.loads(text) for text in function.get_raw_bindings()],
        )
        for function in declared
    ]


def _refuse_doubles(functions: list[AppFunction]) -> None:
    """The host compares names without case; the SDK alone would let `a` and `A` pass."""
    seen: dict[str, AppFunction] = {}
    for function in functions:
        first = seen.setdefault(function.name.lower(), function)
        if first is not function:
            raise CannotStart(
                f"{place(function.call)}: Two functions are named {function.name}, the other in {place(first.call)} "
                "(the case of letters does not count)."
            )


def _refuse_unknown_bindings(function: AppFunction) -> None:
    """A trigger that never fires and an output that goes nowhere look like bugs of the app."""
    for binding in function.bindings:
        is_answer = binding["type"] == "http" and binding["name"] == "$return"
        if not is_answer and binding["type"] not in BINDINGS:
            raise CannotStart(
                f"{place(function.call)}: The function {function.name} has a binding of the type {binding['type']}, "
                f"named {binding['name']}. Here there are {', '.join(BINDINGS)}, and an HTTP answer that is returned."
            )


def _refuse_what_is_never_awaited(function: AppFunction) -> None:
    """What goes wrong in Azure with azure-functions-durable 1.7.0, and so silently that nobody would find it."""
    has_client = any(binding["type"] == "durableClient" for binding in function.bindings)
    if has_client and not is_async(getattr(function.call, "client_function", function.call)):
        raise CannotStart(
            f"{place(function.call)}: The function {function.name} has a durable client and must be async: "
            "the SDK awaits it, and every call would fail."
        )
    if function.kind in ("orchestrationTrigger", "entityTrigger") and is_async(function.call):
        raise CannotStart(
            f"{place(function.call)}: The function {function.name} has a trigger of the type {function.kind} and must "
            "not be async: the SDK never awaits it, and nothing of it would run."
        )


def _refuse_what_is_no_type(function: AppFunction) -> None:
    """Azure's worker takes a class or a generic of `typing` on a binding; for anything else it loads no function."""
    annotations = get_type_hints(function.call)
    for name in (binding["name"] for binding in function.bindings):
        annotation = annotations.get(name, str)
        of_typing = type(annotation).__module__ == "typing" and isinstance(get_origin(annotation), type)
        if not isinstance(annotation, type) and not of_typing:
            raise CannotStart(
                f"{place(function.call)}: The parameter {name} of the function {function.name} is annotated "
                f"{annotation}. Azure's worker takes classes there: dict, for one, and not dict[str, Any]."
            )


def _warn_of_another_name(function: AppFunction) -> None:
    own = user_code(function.call).__name__
    if function.kind in DURABLE and function.host_name.lower() != own.lower():
        log.warning(
            "%s: %s is known as %s. Who calls it by reference asks for %s, which does not exist.",
            *(place(function.call), own, function.host_name, own),
        )
