"""Faults of a busy Cosmos DB, and stale reads between several workers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from random import Random
from typing import Any
from unittest.mock import patch

from local.host.app.worker import Worker
from store.cosmos import CosmosDocuments
from store.documents import Documents
from tests.cosmos.gateway import ACCOUNT_KEY, ANSWER_LOST, THROTTLED, UNAVAILABLE, Gateway
from tests.cosmos.requests import ItemRequest

ONE_IN = 8
SPARED = 2
"""So many requests for the same after each trouble: the store tries three times, and this is not about giving up."""

WORKER: ContextVar[int] = ContextVar("WORKER", default=0)
WORKERS = 3
"""The first answers HTTP, and sees everything: a caller sees its own writes."""


def now_and_then() -> Callable[[ItemRequest], str | None]:
    """Troubles of every kind, the same in every run."""
    chance, spared = Random(0), dict[Any, int]()

    def trouble(request: ItemRequest) -> str | None:
        about = (request.operation, request.key)
        spared[about] = spared.get(about, 0) - 1
        if spared[about] >= 0 or chance.randrange(ONE_IN):
            return None
        spared[about] = SPARED
        return chance.choice((THROTTLED, UNAVAILABLE, ANSWER_LOST))

    return trouble


class Workers:
    """One `Documents` for each worker, with a session of its own; each execution of a function stays with one."""

    def __init__(self, gateway: Gateway, first_of_the_others: Documents) -> None:
        front = CosmosDocuments(gateway.url.replace("127.0.0.1", "localhost"), ACCOUNT_KEY)
        others = [CosmosDocuments(gateway.url, ACCOUNT_KEY) for _ in range(2, WORKERS)]
        self._documents = [front, first_of_the_others, *others]
        gateway.stale = lambda request: not request.host.startswith("localhost")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents[WORKER.get()], name)

    async def close(self) -> None:
        for documents in self._documents:
            await documents.close()


def spread() -> AbstractContextManager[Any]:
    """Let any worker execute what is no HTTP request."""
    chance, invoke = Random(0), Worker.invoke

    async def somewhere(self: Worker, function: Any, trigger: Any, *more: Any) -> Any:
        WORKER.set(0 if trigger.type == "http" else chance.randrange(1, WORKERS))
        return await invoke(self, function, trigger, *more)

    return patch.object(Worker, "invoke", somewhere)
