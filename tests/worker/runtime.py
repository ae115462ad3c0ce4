"""Microsoft's own Python worker, as it runs in Azure from Python 3.13 on, in this process: no host and no gRPC.

It indexes an app and calls its functions. What the host would send comes from us, in the form that the host gives it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.worker.protocol import PROTOCOL, Plain, TypedData

Json = Any


class Refused(Exception):
    """The worker loads no function of the app; its reason."""


class Failed(Exception):
    """A call has failed, for the reason that the host is told."""


class Worker:
    """The worker with one app. Each of its processes has one, so the next app takes the place of this one."""

    def __init__(self, runtime: ModuleType, directory: Path) -> None:
        self._runtime = runtime
        self.functions = {each.name: each for each in self._indexed(directory)}

    def _indexed(self, directory: Path) -> list[Any]:
        asked = Plain(capabilities={}, function_app_directory=str(directory))
        answer = self._ask("worker_init_request", worker_init_request=asked)
        if answer.result.status != PROTOCOL.StatusResult.Success:
            raise Refused(answer.result.exception.message)
        found = self._ask("functions_metadata_request").function_metadata_results
        return list(found or [])

    def info(self, name: str) -> Any:
        """What the worker knows of a function and does not tell the host."""
        handler = sys.modules[f"{self._runtime.__name__}.handle_event"]
        return handler._functions.get_function(self.functions[name].function_id)

    async def call(self, name: str, **inputs: Plain) -> Any:
        """Call a function with these bindings; what goes back to the host, without its wrapping. Raises `Failed`."""
        context = Plain(trace_parent="", trace_state="", attributes={})
        asked = Plain(
            invocation_id="a call",
            function_id=self.functions[name].function_id,
            input_data=[PROTOCOL.ParameterBinding(name=key, data=value) for key, value in inputs.items()],
            trigger_metadata={},
            trace_context=context,
            retry_context=Plain(retry_count=0, max_retry_count=0, exception=None),
        )
        answer = await self._runtime.invocation_request(_request(invocation_request=asked))
        if answer.result.status != PROTOCOL.StatusResult.Success:
            raise Failed(answer.result.exception.message)
        returned = answer.return_value
        return getattr(returned, returned.WhichOneof("data")) if returned else None

    def _ask(self, request: str, **fields: Plain) -> Any:
        """None of these waits for anything, so they need no loop of their own."""
        answering = getattr(self._runtime, request)(_request(**fields))
        try:
            answering.send(None)
        except StopIteration as answered:
            return answered.value
        raise AssertionError(f"{request} waits")


def _request(**fields: Plain) -> Plain:
    return Plain(request=Plain(**fields), properties={"host": "127.0.0.1", "protos": PROTOCOL})


@contextmanager
def worker_with(runtime: ModuleType, directory: Path) -> Iterator[Worker]:
    """The worker with the app in this directory. Raises `Refused`."""
    before = sys.modules.pop("function_app", None)
    path = list(sys.path)
    sys.path.insert(0, str(directory))
    runtime.start_threadpool_executor()
    try:
        yield Worker(runtime, directory)
    finally:
        runtime.stop_threadpool_executor()
        sys.path[:] = path
        sys.modules.pop("function_app", None)
        if before is not None:
            sys.modules["function_app"] = before


def nothing() -> Plain:
    return TypedData()


def text(value: str) -> Plain:
    return TypedData(string=value)


def json_text(value: str) -> Plain:
    return TypedData(json=value)


def http(
    method: str,
    url: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
) -> Plain:
    """A request, whose route has given it these parameters. Without a body the host sends none."""
    data = TypedData(bytes=body) if body else nothing()
    fields = {"method": method, "url": url, "headers": headers or {}, "params": params or {}, "query": {}, "body": data}
    return TypedData(http=Plain(**fields))
