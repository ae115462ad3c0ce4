"""One writer, many transactions, few commits."""

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from group_commit import GroupCommit

SCHEMA = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY)"


def insert(word):
    def transaction(connection):
        connection.execute("INSERT INTO words VALUES (?)", [word])
        return word

    return transaction


def words_on_disk(path):
    with closing(sqlite3.connect(path)) as other:
        return [word for (word,) in other.execute("SELECT word FROM words ORDER BY word")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "words.db"


@pytest.fixture
def commits(path):
    opened = GroupCommit(path, SCHEMA)
    yield opened
    opened.close()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(1) as opened:
        yield opened


class Gate:
    """A transaction that holds up the writer until it is opened, so that others gather behind it."""

    def __init__(self):
        self._reached, self._opened = threading.Event(), threading.Event()

    def __call__(self, connection):
        self._reached.set()
        assert self._opened.wait(timeout=10)

    async def reached(self):
        assert await asyncio.to_thread(self._reached.wait, 10)

    def open(self):
        self._opened.set()


async def gather_behind(gate, commits, transactions):
    """Write all of these while the gate is closed, so that they are one group once it opens."""
    held = asyncio.create_task(commits.write(gate))
    await gate.reached()
    writes = [asyncio.create_task(commits.write(transaction)) for transaction in transactions]
    await asyncio.sleep(0)  # each has put its transaction into the queue
    gate.open()
    await held
    return writes


async def test_a_returned_write_is_seen_by_the_reader_and_by_other_connections(commits, path):
    assert await commits.write(insert("hello")) == "hello"

    assert commits.reader.execute("SELECT word FROM words").fetchall() == [("hello",)]
    assert words_on_disk(path) == ["hello"]


async def test_a_failing_transaction_undoes_itself_alone(commits, path):
    def fails_halfway(connection):
        insert("undone")(connection)
        raise LookupError("halfway")

    writes = await gather_behind(Gate(), commits, [insert("before"), fails_halfway, insert("after")])
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert [str(result) for result in results] == ["before", "halfway", "after"]
    assert words_on_disk(path) == ["after", "before"]


async def test_an_error_of_sqlite_is_raised_to_its_own_caller(commits, path):
    writes = await gather_behind(Gate(), commits, [insert("once"), insert("once"), insert("other")])
    first, second, third = await asyncio.gather(*writes, return_exceptions=True)

    assert (first, third) == ("once", "other")
    assert isinstance(second, sqlite3.IntegrityError)
    assert words_on_disk(path) == ["once", "other"]


async def test_no_result_comes_before_the_commit(commits, path):
    gate, last = Gate(), Gate()
    early, held = await gather_behind(gate, commits, [insert("early"), last])
    await last.reached()

    assert not early.done()  # its transaction has run, its group is not on the disk
    assert words_on_disk(path) == []

    last.open()
    await asyncio.gather(early, held)
    assert words_on_disk(path) == ["early"]


async def test_transactions_that_wait_together_share_one_commit(commits, path):
    statements: list[str] = []
    await commits.write(lambda connection: connection.set_trace_callback(statements.append))
    statements.clear()

    writes = await gather_behind(Gate(), commits, [insert(f"word-{number}") for number in range(50)])
    await asyncio.gather(*writes)

    assert len(words_on_disk(path)) == 50
    assert statements.count("COMMIT") == 2  # the gate's, and one for all behind it


async def test_a_transaction_that_makes_sqlite_roll_its_group_back_fails_alone(commits, path):
    def loses_everything(connection):
        connection.execute("INSERT OR ROLLBACK INTO words VALUES ('early')")

    writes = await gather_behind(Gate(), commits, [insert("early"), loses_everything, insert("late")])
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert [str(result) for result in results] == ["early", "UNIQUE constraint failed: words.word", "late"]
    assert words_on_disk(path) == ["early", "late"]


async def test_a_transaction_made_on_a_thread_is_on_the_disk_once_it_returns(commits, path, threads):
    assert await commits.write_made(lambda: insert("made"), on=threads) == "made"

    assert words_on_disk(path) == ["made"]


async def test_who_makes_no_transaction_writes_nothing(commits, path, threads):
    assert await commits.write_made(lambda: None, on=threads) is None

    assert words_on_disk(path) == []


async def test_what_goes_wrong_in_the_making_is_raised_to_the_caller(commits, path, threads):
    def fails():
        raise LookupError("in the making")

    with pytest.raises(LookupError, match="in the making"):
        await commits.write_made(fails, on=threads)
    assert await commits.write(insert("afterwards")) == "afterwards"


async def test_a_transaction_made_after_the_close_fails_instead_of_waiting_for_ever(path, threads):
    commits = GroupCommit(path, SCHEMA)
    commits.close()

    with pytest.raises(sqlite3.ProgrammingError):
        await commits.write_made(lambda: insert("late"), on=threads)


async def test_a_caller_that_gave_up_leaves_its_transaction_whole(commits, path):
    gate = Gate()
    held = asyncio.create_task(commits.write(gate))
    await gate.reached()
    given_up = asyncio.create_task(commits.write(insert("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    gate.open()
    await held

    assert await commits.write(insert("next")) == "next"
    assert words_on_disk(path) == ["given up", "next"]
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_closing_commits_what_waits(path):
    commits, gate = GroupCommit(path, SCHEMA), Gate()
    held = asyncio.create_task(commits.write(gate))
    await gate.reached()
    writes = [asyncio.create_task(commits.write(insert(f"word-{number}"))) for number in range(3)]
    await asyncio.sleep(0)

    gate.open()
    commits.close()

    assert words_on_disk(path) == ["word-0", "word-1", "word-2"]
    assert await asyncio.gather(held, *writes) == [None, "word-0", "word-1", "word-2"]


async def test_a_write_after_the_close_fails_instead_of_waiting_for_ever(path):
    commits = GroupCommit(path, SCHEMA)
    commits.close()

    with pytest.raises(sqlite3.ProgrammingError):
        await commits.write(insert("late"))


async def test_closing_twice_is_fine(path):
    commits = GroupCommit(path, SCHEMA)
    commits.close()
    commits.close()
