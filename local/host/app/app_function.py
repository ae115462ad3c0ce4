"""One function of an app, and the app."""

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from local.host.app.converters import has_output, takes_text
from local.host.app.user_code import user_code
from local.host.starting.host_json import HostJson

DURABLE = ("orchestrationTrigger", "activityTrigger", "entityTrigger")


@dataclass(frozen=True)
class AppFunction:
    """One function: what to call, its bindings as the app declares them (plain JSON objects), its `@app.retry`."""

    name: str
    call: Callable[..., Any]
    bindings: list[dict[str, Any]]
    retry: dict[str, Any] | None = None

    @cached_property
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

    @property
    def route(self) -> str:
        """Of an HTTP trigger, below the prefix: by itself it is the function's name."""
        return str(self.trigger.get("route") or self.name).removeprefix("/")  # so begins that of an AsgiFunctionApp

    @property
    def is_disabled(self) -> bool:
        """By a setting, as in Azure. A disabled function can still be run by hand."""
        wanted = f"AzureWebJobs.{self.name}.Disabled".lower()
        return any(name.lower() == wanted and value.lower() in ("1", "true") for name, value in os.environ.items())

    @cached_property
    def directory(self) -> str:
        """Where its code is."""
        return str(Path(inspect.getfile(user_code(self.call))).parent)

    @cached_property
    def asks_for_context(self) -> bool:
        """Whether it has a parameter `context` that no binding fills."""
        return "context" in inspect.signature(self.call).parameters and not any(
            binding["name"] == "context" for binding in self.bindings
        )

    @cached_property
    def may_return(self) -> bool:
        """Whether something takes what it returns. If nothing does, a call that returns something has failed."""
        return any(has_output(binding) for binding in self.bindings)

    @cached_property
    def takes_text(self) -> bool:
        """Whether its trigger arrives as text, since that is how the parameter is annotated."""
        return takes_text(self.trigger, get_type_hints(self.call).get(self.trigger["name"]))


@dataclass(frozen=True)
class App:
    """Its functions, and what host.json says."""

    functions: list[AppFunction]
    host: HostJson = field(default_factory=HostJson)

    def of_kind(self, kind: str) -> list[AppFunction]:
        """Those that are not disabled."""
        return [function for function in self.functions if function.kind == kind and not function.is_disabled]
