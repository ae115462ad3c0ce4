"""Calls the app's functions as the Python worker does, and logs each call as `func` does.

No argument, result, body, URL or route parameter is ever logged: people use addresses as ids.
"""

import asyncio
import inspect
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from azure.functions.meta import Datum

from local.durable.api.functions import FunctionFailed, does_not_exist
from local.durable.execution.orchestrator import OUT_OF_PROCESS
from local.host.app.app_function import DURABLE, App, AppFunction
from local.host.app.converters import converter
from local.host.app.faster_sdk import make_the_sdk_faster
from local.host.app.invocation import NOT_RETRIED, Invocation, Retried

log = logging.getLogger("host.functions")

THREADS = 8
"""For functions that are not async. Azure begins with one for each core, plus four."""


ENDS = (SystemExit, KeyboardInterrupt, asyncio.CancelledError, StopIteration)
"""Exceptions that would end more than the function that raises them. With some of them Azure's worker ends, with others
it waits for ever; here the call has failed.
"""


class Worker:
    """The functions of one app. `client_binding` is what durableClient parameters are given, as JSON text."""

    def __init__(self, app: App, client_binding: str) -> None:
        make_the_sdk_faster()
        self._client_binding = client_binding
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="function")
        durable = (function for kind in DURABLE for function in app.of_kind(kind))
        self._durable = {(function.kind, function.host_name.lower()): function for function in durable}
        self.orchestrators = _names(app, "orchestrationTrigger")
        self.activities = _names(app, "activityTrigger")
        self.entities = _names(app, "entityTrigger")
        self.versions = app.host.versions

    def stop(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def invoke(self, function: AppFunction, trigger: Datum, retried: Retried = NOT_RETRIED) -> Any:
        """Call it with what its trigger delivers, and return what it returned. What it raises is logged and raised."""
        with _logged(function, retried) as invocation:
            returned = await self._call(function, self._arguments(function, trigger, invocation))
            if returned is not None and not function.may_return:
                raise RuntimeError(f"function {function.name!r} without a $return binding returned a non-None value")
            return returned

    async def _call(self, function: AppFunction, arguments: dict[str, Any]) -> Any:
        if not inspect.iscoroutinefunction(function.call):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _contained, function.call, arguments)
        task = asyncio.current_task()
        try:
            return await function.call(**arguments)
        except ENDS as end:
            if task and task.cancelling():  # it is we who end it
                raise
            raise _as_error(end) from end

    async def run_activity(self, name: str, input_text: str) -> str:
        function = self._named("activity", name)
        with _as_failure():
            result = await self.invoke(function, Datum(input_text, "json"))
            return str(converter("activityTrigger").encode(result, expected_type=None).value)

    def run_orchestrator(self, name: str, payload: str) -> str:
        return self._run_on_this_thread(self._named("orchestration", name), payload)

    def run_entity(self, name: str, payload: str) -> str:
        return self._run_on_this_thread(self._named("entity", name), payload)

    def _named(self, kind: str, name: str) -> AppFunction:
        """Raises `FunctionFailed` for one that a former app has left work for, and this one does not have."""
        found = self._durable.get((f"{kind}Trigger", name.lower()))
        if found is None:
            known = {known: known for trigger, known in self._durable if trigger == f"{kind}Trigger"}
            text = does_not_exist(name, kind, known)
            log.error(text)
            raise FunctionFailed(text)
        return found

    def _run_on_this_thread(self, function: AppFunction, payload: str) -> str:
        with _as_failure(), _logged(function) as invocation:
            return str(_contained(function.call, self._arguments(function, Datum(payload, "json"), invocation)))

    def _arguments(self, function: AppFunction, trigger: Datum, invocation: Invocation) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            binding["name"]: self._client_binding for binding in function.bindings if binding["type"] == "durableClient"
        }
        arguments[function.trigger["name"]] = _decoded(function, trigger)
        if function.asks_for_context:
            arguments["context"] = invocation
        return arguments


def _contained(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return call(**arguments)
    except ENDS as end:
        raise _as_error(end) from end


def _as_error(end: BaseException) -> RuntimeError:
    return RuntimeError(f"{type(end).__name__}: {end}")


def _names(app: App, kind: str) -> dict[str, str]:
    return {function.host_name.lower(): function.host_name for function in app.of_kind(kind)}


def _decoded(function: AppFunction, trigger: Datum) -> Any:
    if function.takes_text:
        return trigger.value
    try:
        return converter(function.kind).decode(trigger, trigger_metadata={})
    except Exception as error:  # noqa: BLE001  # whatever a converter raises
        raise TypeError(f"its input cannot be decoded ({type(error).__name__})") from None  # the SDK's text quotes it


@contextmanager
def _as_failure() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise FunctionFailed(f"{type(error).__name__}: {error}") from error


@contextmanager
def _logged(function: AppFunction, retried: Retried = NOT_RETRIED) -> Iterator[Invocation]:
    invocation = Invocation(function.name, str(uuid.uuid4()), function.directory, retry_context=retried)
    begun = time.perf_counter()
    log.info("Executing 'Functions.%s' (Id=%s)", function.name, invocation.invocation_id)
    outcome, failure = "Cancelled", None
    try:
        yield invocation
        outcome = "Succeeded"
    except Exception as error:
        outcome, failure = "Failed", _without_state(error)
        raise
    finally:
        duration = round((time.perf_counter() - begun) * 1000)
        level = logging.ERROR if failure else logging.INFO
        text = "Executed 'Functions.%s' (%s, Id=%s, Duration=%dms)"
        log.log(level, text, function.name, outcome, invocation.invocation_id, duration, exc_info=failure)


def _without_state(error: BaseException) -> BaseException:
    """What a failed orchestrator really raised: the SDK wraps it in a text that holds all its actions and inputs."""
    if OUT_OF_PROCESS in str(error):
        return error.__cause__ or RuntimeError(str(error).partition(OUT_OF_PROCESS)[0])
    return error
