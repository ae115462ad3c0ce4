"""Batches changes of one document: changes that arrive during a write go together into the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")
Change = Callable[[T], T]


@dataclass
class Batch(Generic[T]):
    """Changes that are written together, in their order, or fail together."""

    changes: list[Change[T]] = field(default_factory=list)
    is_written: bool = False
    failure: Exception | None = None

    def apply(self, document: T) -> T:
        return reduce(lambda changed, change: change(changed), self.changes, document)


class Together(Generic[T]):
    """The writer of documents that many in this worker change at once, as a customer's when they write a lot.

    One by one under the etag, n changes would cost n² tries. Other workers are still met under the etag.
    """

    def __init__(self) -> None:
        self._open: dict[str, Batch[T]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def change(self, key: str, change: Change[T], write: Callable[[Change[T]], Awaitable[None]]) -> None:
        """Return when the change is written: alone, or with others. Raises what `write` raises."""
        batch = self._open.setdefault(key, Batch())
        batch.changes.append(change)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if not batch.is_written and batch.failure is None:
                self._open.pop(key, None)  # later changes are in the next batch
                await self._write(batch, write)
        if batch.failure:
            raise batch.failure

    async def _write(self, batch: Batch[T], write: Callable[[Change[T]], Awaitable[None]]) -> None:
        try:
            await write(batch.apply)
        except Exception as failure:  # noqa: BLE001  # each of them raises it
            batch.failure = failure
        else:
            batch.is_written = True
