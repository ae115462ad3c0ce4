"""The context of a call, for functions that ask for it."""

import threading
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func


@dataclass(frozen=True)
class Trace:
    """Nobody traces here: empty, as in Azure without a caller who does. The names in capitals are the older ones."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def Traceparent(self) -> str:  # noqa: N802
        return self.trace_parent

    @property
    def Tracestate(self) -> str:  # noqa: N802
        return self.trace_state

    @property
    def Attributes(self) -> dict[str, str]:  # noqa: N802
        return self.attributes


@dataclass(frozen=True)
class Retried:
    """How often the function has run again after a failure, and how often it may (-1: for ever)."""

    retry_count: int = 0
    max_retry_count: int = 0


NOT_RETRIED = Retried()


@dataclass(frozen=True)
class Invocation(func.Context):
    """One call of a function, as the function may ask for it in a parameter named `context`."""

    function_name: str = ""
    invocation_id: str = ""
    function_directory: str = ""
    thread_local_storage: Any = threading.local()  # noqa: RUF009  # one for all is what thread-local means
    trace_context: Any = Trace()  # it never changes
    retry_context: Any = NOT_RETRIED
