"""The durable functions of the app, by name."""

from collections.abc import Mapping
from typing import Protocol

from local.durable.execution.versions import Versions


class FunctionFailed(Exception):
    """The function raised. The text is `Type: message`, as the Python worker reports it to the host."""


class Functions(Protocol):
    """The durable functions of an app. The mappings lead from lower-case names to the names as written.

    The three calls take a name in any case, and raise `FunctionFailed`.
    """

    @property
    def orchestrators(self) -> Mapping[str, str]: ...
    @property
    def activities(self) -> Mapping[str, str]: ...
    @property
    def entities(self) -> Mapping[str, str]: ...
    @property
    def versions(self) -> Versions:
        """Which workflows may have a turn here, and what those are that are started without a version."""

    def run_orchestrator(self, name: str, payload: str) -> str:
        """One turn: the JSON of the orchestration trigger in, the list of actions out. Called on a thread."""

    def run_entity(self, name: str, payload: str) -> str:
        """One batch: the JSON of the entity trigger in, state and results out. Called on a thread."""

    async def run_activity(self, name: str, input_text: str) -> str:
        """One call, JSON in and out."""


def does_not_exist(name: str, kind: str, known: Mapping[str, str]) -> str:
    """The host's error for an unknown function; `kind` is `orchestrator`, `activity` or `entity`."""
    names = ", ".join(f"'{known_name}'" for known_name in known.values())
    return (
        f"The function '{name}' doesn't exist, is disabled, or is not an {kind} function. "
        f"Additional info: The following are the known {kind} functions: {names}."
    )
