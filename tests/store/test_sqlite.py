"""What only the SQLite store promises: its file."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain import clock
from domain.errors import StoreUnavailable
from store.documents import Stored
from store.sqlite import SqliteDocuments

REPOSITORY = Path(__file__).parents[2]
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MESSAGE = {"schema": 1, "id": "message-1", "conversationId": "conversation-1", "text": "a secret of ours"}

WRITE_UNTIL_KILLED = """
import asyncio, sys
from itertools import count
from pathlib import Path
from store.sqlite import SqliteDocuments

async def write_until_killed():
    documents = SqliteDocuments(Path(sys.argv[1]))
    for number in count():
        await documents.create("Messages", {"id": f"message-{number}", "conversationId": "conversation-1"})
        print(number, flush=True)

asyncio.run(write_until_killed())
"""


def write_until_killed(path):
    """Kill a writing process after some acknowledged writes; the numbers of all that it had acknowledged."""
    command = [sys.executable, "-c", WRITE_UNTIL_KILLED, path]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        return acknowledged + [int(line) for line in writer.stdout if line.endswith("\n")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "landfall.db"


@pytest.fixture
async def documents(path):
    store = SqliteDocuments(path)
    yield store
    await store.close()


async def test_a_reopened_store_has_what_was_written_under_the_same_etag(path):
    first = SqliteDocuments(path)
    etag = await first.create("Messages", MESSAGE)
    await first.close()

    second = SqliteDocuments(path)
    stored = await second.read("Messages", "conversation-1", "message-1")
    await second.close()

    assert stored == Stored(MESSAGE, etag)


async def test_a_continuation_still_leads_on_after_a_restart(path):
    first = SqliteDocuments(path)
    for number in range(3):
        await first.create("Messages", {**MESSAGE, "id": f"message-{number}"})
    page = await first.query("Messages", "conversation-1", "id", top=2)
    await first.close()

    second = SqliteDocuments(path)
    rest = await second.query("Messages", "conversation-1", "id", continuation=page.continuation)
    await second.close()

    assert [document["id"] for document in rest.documents] == ["message-2"]


async def test_a_killed_process_loses_nothing_that_it_had_acknowledged(path):
    acknowledged = write_until_killed(path)

    documents = SqliteDocuments(path)
    found = [await documents.read("Messages", "conversation-1", f"message-{number}") for number in acknowledged]
    await documents.close()

    assert len(acknowledged) >= 20
    assert None not in found


async def test_a_fault_of_the_driver_comes_in_our_words_without_what_was_written(documents, path):
    etag = await documents.create("Messages", MESSAGE)
    with closing(sqlite3.connect(path)) as vandal:
        vandal.execute("DROP TABLE documents")

    for call in [
        documents.create("Messages", MESSAGE),
        documents.read("Messages", "conversation-1", "message-1"),
        documents.replace("Messages", MESSAGE, etag),
        documents.upsert("Messages", MESSAGE),
        documents.delete("Messages", "conversation-1", "message-1"),
        documents.query("Messages", "conversation-1", "id"),
    ]:
        with pytest.raises(StoreUnavailable) as failure:
            await call
        assert str(failure.value) == "SQLite cannot be asked now: SQLITE_ERROR"
        assert (failure.value.__cause__, failure.value.__suppress_context__) == (None, True)


async def test_a_closed_store_is_unavailable(path):
    documents = SqliteDocuments(path)
    await documents.close()

    with pytest.raises(StoreUnavailable):
        await documents.read("Messages", "conversation-1", "message-1")
    with pytest.raises(StoreUnavailable):
        await documents.create("Messages", MESSAGE)


async def test_whole_numbers_of_any_size_come_back_exact(documents):
    await documents.create("Messages", {**MESSAGE, "number": 10**400})

    stored = await documents.read("Messages", "conversation-1", "message-1")

    assert stored.document["number"] == 10**400


async def test_what_json_cannot_say_is_refused_before_it_is_written(documents):
    with pytest.raises(ValueError):
        await documents.create("Messages", {**MESSAGE, "number": float("nan")})

    assert await documents.read("Messages", "conversation-1", "message-1") is None


async def test_expired_rows_leave_the_file_a_few_with_every_write(documents, path, monkeypatch):
    monkeypatch.setattr(clock, "source", lambda: NOON)
    for number in range(10):
        await documents.create("Messages", {**MESSAGE, "id": f"message-{number}"}, expires_in=HOUR)

    monkeypatch.setattr(clock, "source", lambda: NOON + HOUR)
    left = []
    for _ in range(2):
        await documents.upsert("Messages", {**MESSAGE, "id": "new"})
        with closing(sqlite3.connect(path)) as other:
            left.append(other.execute("SELECT count(*) FROM documents WHERE id != 'new'").fetchone()[0])

    assert left == [2, 0]


@pytest.mark.parametrize(
    ("pragma", "told"),
    [
        ("max_page_count = 1", "SQLITE_FULL, the disk is full"),
        ("query_only = ON", "SQLITE_READONLY, the file cannot be written to"),
    ],
)
async def test_what_keeps_the_file_from_being_written_to_is_named(documents, pragma, told):
    documents._commits._writer.execute(f"PRAGMA {pragma}")

    with pytest.raises(StoreUnavailable) as failure:
        await documents.create("Messages", {**MESSAGE, "text": "x" * 100_000})

    assert str(failure.value) == f"SQLite cannot be asked now: {told}"


async def test_a_file_that_was_deleted_takes_no_writes_and_says_what_to_do(documents, path):
    await documents.create("Messages", MESSAGE)
    path.unlink()

    with pytest.raises(StoreUnavailable, match="deleted or replaced: the app has to be restarted"):
        await documents.create("Messages", {**MESSAGE, "id": "message-2"})


async def test_a_directory_that_cannot_be_made_is_a_fault_of_the_store(tmp_path):
    (tmp_path / "data").write_text("no directory")

    with pytest.raises(StoreUnavailable, match="the directory of the store cannot be used: EEXIST"):
        SqliteDocuments(tmp_path / "data" / "landfall.db")


async def test_a_file_that_is_no_database_is_a_fault_of_the_store(path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)

    with pytest.raises(StoreUnavailable, match="SQLITE_NOTADB, the file is no database"):
        SqliteDocuments(path)


async def test_what_was_deleted_or_replaced_is_in_no_file_after_a_scrub(tmp_path):
    documents = SqliteDocuments(tmp_path / "landfall.db")
    for number in range(50):
        etag = await documents.create("Customers", {"id": f"c{number}", "note": f"canary {number} " * 40})
        await documents.replace("Customers", {"id": f"c{number}", "note": "canary of a second version"}, etag)
    for number in range(50):
        await documents.delete("Customers", f"c{number}", f"c{number}")

    assert await documents.scrub()
    assert not [path for path in tmp_path.iterdir() if b"canary" in path.read_bytes()]
    await documents.close()
