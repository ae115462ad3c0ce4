"""Many small transactions on one SQLite file, few fsyncs."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], Any]
LARGEST_GROUP = 256  # bounds how long the first of a group waits for the last


class Thread(Protocol):
    def submit(self, job: Callable[[], object], /) -> object:
        """Call it soon, elsewhere."""


@dataclass(frozen=True)
class Order:
    """A transaction, and who waits for it on which event loop."""

    transaction: Transaction
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[Any]"


@dataclass(frozen=True)
class Outcome:
    """`failure` is what the transaction raised, or why none of its group was committed."""

    done: "asyncio.Future[Any]"
    result: Any = None
    failure: BaseException | None = None


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, with WAL and FULL sync: what was committed survives a power cut."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


class GroupCommit:
    """The one writer of a SQLite file: a thread that commits whatever waits together.

    `schema` is run at the start, so it says IF NOT EXISTS. Reads go through `reader`, on the caller's own thread,
    and see every transaction whose `write` has returned.
    """

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = connect(path)
        self._writer.executescript(schema)
        self.reader = connect(path)
        self.reader.execute("PRAGMA query_only = ON")
        self._waiting: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"writer of {path.name}", daemon=True)
        self._thread.start()

    async def write(self, transaction: Callable[[sqlite3.Connection], T]) -> T:
        """Run the transaction and return its result once it is on the disk.

        What it raises is raised here, and undoes this transaction alone. It runs on the writer's thread, once more if
        another of its group has failed, so it touches nothing but the connection. It may be given up only by raising:
        a cancelled caller does not stop it. After `close`, `sqlite3.ProgrammingError`.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._put(Order(transaction, loop, done))
        return await done

    async def write_made(self, make: Callable[[], Callable[[sqlite3.Connection], T] | None], on: Thread) -> T | None:
        """Like `write`, of the transaction that `make` returns; None if it returns none. It is called on a thread.

        From there it goes to the writer by itself: to wake the event loop in between costs as much as a short `make`.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T | None] = loop.create_future()

        def run() -> None:
            try:
                if transaction := make():
                    self._put(Order(transaction, loop, done))
                else:
                    _tell(loop, [Outcome(done)])
            except Exception as error:  # noqa: BLE001  # it belongs to the caller, who gets it
                _tell(loop, [Outcome(done, failure=error)])

        on.submit(run)
        return await done

    def _put(self, order: Order) -> None:
        if not self._thread.is_alive():
            raise sqlite3.ProgrammingError("the writer is closed")
        self._waiting.put(order)

    def close(self) -> None:
        """Commit what waits, then let go of the file."""
        self._waiting.put(None)
        self._thread.join()
        self.reader.close()

    def _run(self) -> None:
        with closing(self._writer):
            while group := self._next_group():
                self._commit(group)

    def _next_group(self) -> list[Order]:
        """Whatever waits now, at least one; empty when closed."""
        group: list[Order] = []
        item = self._waiting.get()
        while item is not None:
            group.append(item)
            if self._waiting.empty() or len(group) == LARGEST_GROUP:
                return group
            item = self._waiting.get()
        if group:
            self._waiting.put(None)  # closed behind these: commit them, then see the end again
        return group

    def _commit(self, group: list[Order]) -> None:
        """All in one transaction; should one of them fail, each in its own, so that it undoes itself alone."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            outcomes = [Outcome(order.done, order.transaction(self._writer)) for order in group]
            self._writer.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # it belongs to the caller, who gets it
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            if len(group) > 1:
                for order in group:
                    self._commit([order])
                return
            outcomes = [Outcome(order.done, failure=error) for order in group]
        for loop in {order.loop for order in group}:
            mine = [outcome for order, outcome in zip(group, outcomes, strict=True) if order.loop is loop]
            _tell(loop, mine)  # once for all of them: waking a loop costs more than a write


def _tell(loop: asyncio.AbstractEventLoop, outcomes: list[Outcome]) -> None:
    with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
        loop.call_soon_threadsafe(_end, outcomes)


def _end(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.done.done():  # its caller has gone
            continue
        if outcome.failure is None:
            outcome.done.set_result(outcome.result)
        else:
            outcome.done.set_exception(outcome.failure)
