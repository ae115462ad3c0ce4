"""One writer, many transactions, few commits."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest

from group_commit import FileReplaced, GroupCommit

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


class Gate:
    """A transaction whose commit waits until the gate is opened."""

    def __init__(self):
        self._reached, self._opened = threading.Event(), threading.Event()

    def __call__(self, connection):
        connection.set_trace_callback(self._hold)

    def _hold(self, statement):
        if statement == "COMMIT":
            self._reached.set()
            assert self._opened.wait(timeout=10)

    async def reached(self):
        assert await asyncio.to_thread(self._reached.wait, 10)

    def open(self):
        self._opened.set()


def write_all(commits, *transactions):
    """Write these at once, so that they are one group."""
    return [asyncio.create_task(commits.write(transaction)) for transaction in transactions]


async def test_a_returned_write_is_seen_by_the_reader_and_by_other_connections(commits, path):
    assert await commits.write(insert("hello")) == "hello"

    assert commits.reader.execute("SELECT word FROM words").fetchall() == [("hello",)]
    assert words_on_disk(path) == ["hello"]


async def test_a_failing_transaction_undoes_itself_alone(commits, path):
    def fails_halfway(connection):
        insert("undone")(connection)
        raise LookupError("halfway")

    writes = write_all(commits, insert("before"), fails_halfway, insert("after"))
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert [str(result) for result in results] == ["before", "halfway", "after"]
    assert words_on_disk(path) == ["after", "before"]


async def test_an_error_of_sqlite_is_raised_to_its_own_caller(commits, path):
    writes = write_all(commits, insert("once"), insert("once"), insert("other"))
    first, second, third = await asyncio.gather(*writes, return_exceptions=True)

    assert (first, third) == ("once", "other")
    assert isinstance(second, sqlite3.IntegrityError)
    assert words_on_disk(path) == ["once", "other"]


async def test_no_result_comes_before_the_commit_and_nobody_sees_what_is_not_committed(commits, path):
    gate = Gate()
    early, held = write_all(commits, insert("early"), gate)
    await gate.reached()

    assert not early.done()  # its transaction has run, its group is not on the disk
    assert commits.reader.execute("SELECT word FROM words").fetchall() == []
    assert words_on_disk(path) == []

    gate.open()
    await asyncio.gather(early, held)
    assert words_on_disk(path) == ["early"]


async def test_the_event_loop_goes_on_while_the_disk_is_slow(commits):
    gate = Gate()
    held = asyncio.create_task(commits.write(gate))
    await gate.reached()

    await asyncio.sleep(0)  # would not return if the loop waited for the commit

    gate.open()
    await held


async def test_what_is_asked_for_during_a_commit_shares_the_next(commits, path):
    gate, statements = Gate(), list[str]()
    held = asyncio.create_task(commits.write(gate))
    await gate.reached()
    writes = write_all(commits, *(insert(f"word-{number}") for number in range(50)))
    await asyncio.sleep(0)  # each waits by now

    gate.open()
    await held
    await commits.write(lambda connection: connection.set_trace_callback(statements.append))
    await asyncio.gather(*writes)
    await commits.write(insert("last"))

    assert len(words_on_disk(path)) == 51
    assert statements.count("COMMIT") == 2  # one for the fifty and whoever listens, one for the last


async def test_a_commit_that_fails_fails_all_of_its_group_and_the_writer_goes_on(commits, path):
    def breaks_at_the_end(connection):
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO children VALUES ('nobody')")

    await commits.write(lambda connection: connection.execute("CREATE TABLE parents (name TEXT PRIMARY KEY)"))
    await commits.write(lambda connection: connection.execute("CREATE TABLE children (of TEXT REFERENCES parents)"))
    commits._writer.execute("PRAGMA foreign_keys = ON")

    writes = write_all(commits, insert("early"), breaks_at_the_end)
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert all(isinstance(result, sqlite3.IntegrityError) for result in results)
    assert words_on_disk(path) == []
    assert await commits.write(insert("afterwards")) == "afterwards"


async def test_while_another_process_writes_all_who_wait_are_told_at_once(path, monkeypatch):
    monkeypatch.setattr("group_commit.LOCKED_MS", 1)
    commits, tries = GroupCommit(path, SCHEMA), list[str]()
    await commits.write(lambda connection: connection.set_trace_callback(tries.append))

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(
            *write_all(commits, insert("one"), insert("two"), insert("three")), return_exceptions=True
        )
        other.execute("ROLLBACK")

    assert [str(result) for result in results] == ["database is locked"] * 3
    assert tries.count("BEGIN IMMEDIATE") == 1  # the event loop stands still for each
    assert await commits.write(insert("afterwards")) == "afterwards"
    commits.close()


async def test_a_transaction_that_makes_sqlite_roll_its_group_back_fails_alone(commits, path):
    def loses_everything(connection):
        connection.execute("INSERT OR ROLLBACK INTO words VALUES ('early')")

    writes = write_all(commits, insert("early"), loses_everything, insert("late"))
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert [str(result) for result in results] == ["early", "UNIQUE constraint failed: words.word", "late"]
    assert words_on_disk(path) == ["early", "late"]


async def test_what_is_asked_for_after_a_failure_is_written(commits, path):
    def fails(connection):
        raise LookupError

    (failing,) = write_all(commits, fails)
    with pytest.raises(LookupError):
        await failing

    assert await commits.write(insert("afterwards")) == "afterwards"


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
    writes = write_all(commits, *(insert(f"word-{number}") for number in range(3)))
    await asyncio.sleep(0)

    gate.open()
    commits.close()

    assert words_on_disk(path) == ["word-0", "word-1", "word-2"]
    assert await asyncio.gather(held, *writes) == [None, "word-0", "word-1", "word-2"]


async def test_closing_commits_what_waits_behind_a_commit_that_fails(path):
    commits, gate = GroupCommit(path, SCHEMA), Gate()
    await commits.write(lambda connection: connection.execute("CREATE TABLE parents (name TEXT PRIMARY KEY)"))
    await commits.write(lambda connection: connection.execute("CREATE TABLE children (of TEXT REFERENCES parents)"))
    commits._writer.execute("PRAGMA foreign_keys = ON")

    def breaks_at_the_end(connection):
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO children VALUES ('nobody')")

    breaking, held = write_all(commits, breaks_at_the_end, gate)
    await gate.reached()
    (waiting,) = write_all(commits, insert("behind"))
    await asyncio.sleep(0)
    gate.open()
    commits.close()

    assert words_on_disk(path) == ["behind"]
    assert await waiting == "behind"
    with pytest.raises(sqlite3.IntegrityError):
        await breaking
    with pytest.raises(sqlite3.IntegrityError):
        await held


async def test_a_write_after_the_close_fails_instead_of_waiting_for_ever(path):
    commits = GroupCommit(path, SCHEMA)
    commits.close()

    with pytest.raises(sqlite3.ProgrammingError):
        await commits.write(insert("late"))


async def test_closing_twice_is_fine(path):
    commits = GroupCommit(path, SCHEMA)
    commits.close()
    commits.close()


def test_one_event_loop_may_follow_another_that_ended_in_the_middle_of_a_commit(commits, path):
    gate = Gate()

    async def give_up_at_the_commit():
        held = asyncio.create_task(commits.write(gate))
        await gate.reached()
        held.cancel()

    asyncio.run(give_up_at_the_commit())
    gate.open()
    asyncio.run(commits.write(insert("second")))

    assert words_on_disk(path) == ["second"]


async def test_two_event_loops_at_once_are_refused(commits):
    await commits.write(insert("here"))

    with pytest.raises(sqlite3.ProgrammingError, match="two event loops"):
        await asyncio.to_thread(asyncio.run, commits.write(insert("there")))


def _deleted(path):
    path.unlink()


def _replaced(path):
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    copy.rename(path)


def _without_its_log(path):
    path.with_name(f"{path.name}-wal").unlink()


def _without_its_directory(path):
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize("what_happens", [_deleted, _replaced, _without_its_log, _without_its_directory])
@pytest.mark.parametrize("is_alone", [False, True])
async def test_nothing_is_acknowledged_that_is_in_no_file_with_our_name(tmp_path, what_happens, is_alone):
    def fails(connection):
        raise LookupError

    path = tmp_path / "data" / "words.db"
    commits = GroupCommit(path, SCHEMA)
    await commits.write(insert("early"))
    what_happens(path)

    for word in ("late", "later"):
        late, *failing = write_all(commits, insert(word), *([fails] if is_alone else []))
        with pytest.raises(FileReplaced):
            await late
        for each in failing:
            with pytest.raises(LookupError):
                await each
    commits.close()


async def test_what_other_connections_do_to_the_file_replaces_nothing(commits, path):
    for word in ("first", "second"):
        await commits.write(insert(word))
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    commits.check_files()
    assert words_on_disk(path) == ["first", "second"]
