"""Many small transactions on one SQLite file, few fsyncs."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], Any]
LARGEST_GROUP = 256  # bounds how long the first of a group waits for the last

LOCKED_MS = 1000
"""How long the event loop waits for another process that writes to the file. There should be none."""


LOG_PAUSES_SECONDS = (0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""How long a moment without writes is waited for, to empty the log."""


class FileReplaced(sqlite3.OperationalError):
    """The open file was deleted or replaced: what is written to it would be lost."""


@dataclass(frozen=True)
class PendingWrite:
    """A transaction, and who waits for it."""

    transaction: Transaction
    done: "asyncio.Future[Any]"


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, with WAL and FULL sync: what was committed survives a power cut."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    with _closed_on_failure(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    return connection


@contextmanager
def _closed_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        connection.close()
        raise


class GroupCommit:
    """The one writer of a SQLite file, used from one event loop at a time.

    Statements run on that loop, where they take some ten microseconds each: to hand them to a thread takes longer.
    The commit, which waits for the disk, has a thread; whatever is asked for meanwhile is the next group.

    `schema` is run at the start, so it says IF NOT EXISTS. Reads go through `reader`, on the caller's own thread,
    and see every transaction whose `write` has returned.

    SQLite writes on into a file that was deleted or replaced, and so does its log. So every commit looks whether both
    still have their names.
    """

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = connect(path)
        with _closed_on_failure(self._writer):
            self._writer.executescript(schema)
            self._writer.execute(f"PRAGMA busy_timeout = {LOCKED_MS}")
        self._files = {name: _file_at(name) for name in (path, Path(f"{path}-wal"))}
        self.reader = connect(path)
        self.reader.execute("PRAGMA query_only = ON")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[PendingWrite] = deque()
        self._is_busy = False
        self._is_closed = False
        self._committer = ThreadPoolExecutor(1, thread_name_prefix=f"committer of {path.name}")

    async def write(self, transaction: Callable[[sqlite3.Connection], T]) -> T:
        """Run the transaction and return its result once it is on the disk.

        What it raises is raised here, and undoes this transaction alone. It is run once more if another of its group
        has failed, so it touches nothing but the connection. It may be given up only by raising: a cancelled caller
        does not stop it. After `close`, and on a second loop while the first is open, `sqlite3.ProgrammingError`.
        `FileReplaced` once the file is not where it was; that stays so.
        """
        if self._is_closed:
            raise sqlite3.ProgrammingError("the writer is closed")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._change_to(loop)
        done: asyncio.Future[T] = loop.create_future()
        self._waiting.append(PendingWrite(transaction, done))
        if not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._write_next, loop)  # after whoever else is about to write now
        return await done

    async def empty_log(self) -> bool:
        """Move all of the write-ahead log into the file, and make it empty; whether that was possible.

        What was deleted or replaced stays in the log until then. It is not possible while another process reads or
        writes, nor while this one writes all the time.
        """
        for pause in LOG_PAUSES_SECONDS:
            await asyncio.sleep(pause)
            if self._is_closed:
                return False
            if self._is_busy:
                continue
            self._is_busy = True
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._committer, self._checkpoint)
            finally:
                self._write_next(loop)
        return False

    def _checkpoint(self) -> bool:
        is_blocked, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_blocked

    def check_files(self) -> None:
        """Raises `FileReplaced`."""
        for path, opened in self._files.items():
            if _file_at(path) != opened:
                raise FileReplaced(f"{path} was deleted or replaced while it was open")

    def close(self) -> None:
        """Commit what waits, then close the file."""
        if self._is_closed:
            return
        self._is_closed = True
        self._committer.shutdown()
        self._roll_back()  # should the last commit have failed
        while self._waiting:
            self._write_alone(self._waiting.popleft())
        self._writer.close()
        self.reader.close()

    def _change_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start again on another event loop. Unfinished work of an earlier loop is dropped: nobody waits for it."""
        if self._loop and not self._loop.is_closed():
            raise sqlite3.ProgrammingError("the writer is used from two event loops")
        self._committer.submit(self._roll_back).result()  # behind a commit that is under way
        self._waiting.clear()
        self._loop, self._is_busy = loop, False

    def _write_next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write the next group, all of it or nothing. Should one of them fail, each is written alone."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
        if not group:
            self._is_busy = False
            return
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            _tell(group, [None] * len(group), error)
            loop.call_soon(self._write_next, loop)
            return
        try:
            results = [write.transaction(self._writer) for write in group]
        except Exception:  # noqa: BLE001  # one of the group; each is tried alone next
            self._roll_back()
            for write in group:
                self._write_alone(write)
            loop.call_soon(self._write_next, loop)
        else:
            commit = self._committer.submit(self._commit)
            commit.add_done_callback(partial(self._tell_loop, loop, group, results))

    def _write_alone(self, write: PendingWrite) -> None:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            result = write.transaction(self._writer)
            self._commit()
        except Exception as error:  # noqa: BLE001  # it belongs to the caller, who gets it
            self._roll_back()
            _tell([write], [None], error)
        else:
            _tell([write], [result])

    def _commit(self) -> None:
        self._writer.execute("COMMIT")
        self.check_files()  # behind the commit: what was on the disk by its name then, was there to stay

    def _roll_back(self) -> None:
        """If the rollback fails too, the next BEGIN fails, and its callers get the error."""
        if self._writer.in_transaction:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")

    def _tell_loop(
        self, loop: asyncio.AbstractEventLoop, group: list[PendingWrite], results: list[Any], commit: "Future[Any]"
    ) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(self._committed, loop, group, results, commit.exception())

    def _committed(
        self,
        loop: asyncio.AbstractEventLoop,
        group: list[PendingWrite],
        results: list[Any],
        failure: BaseException | None,
    ) -> None:
        if failure and not self._is_closed:
            self._roll_back()
        _tell(group, results, failure)
        self._write_next(loop)


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file has this name now: its device and number."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _tell(group: list[PendingWrite], results: list[Any], failure: BaseException | None = None) -> None:
    for write, result in zip(group, results, strict=True):
        if write.done.done():  # its caller is gone
            continue
        if failure is None:
            write.done.set_result(result)
        else:
            write.done.set_exception(failure)
