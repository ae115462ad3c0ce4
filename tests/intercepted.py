"""A real object, with a test between it and its callers."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

Call = Callable[[], Awaitable[Any]]


class Intercepted:
    """Each call of an async method of `target` goes through `around(name, call)`; everything else is the target's."""

    def __init__(self, target: Any, around: Callable[[str, Call], Awaitable[Any]]) -> None:
        self._target, self._around = target, around

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if not inspect.iscoroutinefunction(attribute):
            return attribute

        async def intercepted(*args: Any, **kwargs: Any) -> Any:
            return await self._around(name, partial(attribute, *args, **kwargs))

        return intercepted
