"""Documents in one SQLite file: the embedded store of a laptop."""
# ruff: noqa: S608  # statements are put together from the constants below; what comes from outside is bound

import errno
import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain import clock
from domain.errors import Conflict, Stale, StoreUnavailable
from group_commit import FileReplaced, GroupCommit
from store.conditions import Conditions
from store.continuations import continuation as continuation_at
from store.continuations import position_of, question_of
from store.documents import PARTITION_KEYS, Document, Page, Stored

INDEXES = {
    "dueAt": "documents_that_are_due",
    "startAt": "documents_to_start",
    "tellAt": "documents_to_tell",
    "tendAt": "documents_to_tend",
    "heldAt": "documents_that_are_held",
}
"""The dates by which documents are asked for, each with the name of its index."""

TABLE = """
CREATE TABLE IF NOT EXISTS documents (
    container TEXT NOT NULL,
    partition TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    etag TEXT NOT NULL,
    expires_at TEXT, -- RFC 3339, of one length, so that texts compare as moments do
    PRIMARY KEY (container, partition, id)
);
CREATE INDEX IF NOT EXISTS documents_that_expire ON documents (expires_at) WHERE expires_at IS NOT NULL;
"""
INDEX = """
CREATE INDEX IF NOT EXISTS {index} ON documents (container, json_extract(document, '$.{date}'))
    WHERE json_extract(document, '$.{date}') IS NOT NULL;
"""
FOUND_BY = {
    "updatedAt": "documents_by_age",
    "customerId": "documents_of_customer",
    "target": "documents_by_target",
    "requestedAt": "documents_by_request",
}
"""Other fields by which documents are asked for across partitions, each with the name of its index."""

LISTS = {"others": "documents_that_are_shared", "sameAs": "documents_that_lead_on"}
"""Lists in which few documents have anything: those few are looked through."""

FIELD_INDEX = """
CREATE INDEX IF NOT EXISTS {index} ON documents (container, json_extract(document, '$.{field}'), id)
    WHERE json_extract(document, '$.{field}') IS NOT NULL;
"""
LIST_INDEX = """
CREATE INDEX IF NOT EXISTS {index} ON documents (container) WHERE json_array_length(document, '$.{name}') > 0;
"""
SCHEMA = (
    TABLE
    + "".join(INDEX.format(index=index, date=date) for date, index in INDEXES.items())
    + "".join(FIELD_INDEX.format(index=index, field=field) for field, index in FOUND_BY.items())
    + "".join(LIST_INDEX.format(index=index, name=name) for name, index in LISTS.items())
)

THIS_ONE = "container = :container AND partition = :partition AND id = :id"
ALIVE = "(expires_at IS NULL OR expires_at > :now)"

UPSERT = """
INSERT INTO documents (container, partition, id, document, etag, expires_at)
VALUES (:container, :partition, :id, :document, :etag, :expires_at)
ON CONFLICT DO UPDATE SET document = excluded.document, etag = excluded.etag, expires_at = excluded.expires_at
"""
CREATE = UPSERT + "WHERE documents.expires_at <= :now"
REPLACE = f"""
UPDATE documents SET document = :document, etag = :etag, expires_at = :expires_at
WHERE {THIS_ONE} AND etag = :expected_etag AND {ALIVE}
"""
READ = f"SELECT document, etag FROM documents WHERE {THIS_ONE} AND {ALIVE}"
DUE = f"""
SELECT document, etag FROM documents
WHERE container = :container AND json_extract(document, '$.{{date}}') <= :before AND {ALIVE}
  AND (:shard IS NULL OR coalesce(json_extract(document, '$.shard'), 0) = :shard)
ORDER BY json_extract(document, '$.{{date}}') LIMIT :limit
"""
DUE_BY = {date: DUE.format(date=date) for date in INDEXES}  # an expression finds its index only when it is spelt out
DELETE = f"DELETE FROM documents WHERE {THIS_ONE}"
# A few at a time, after every write: the file stays small, and no write has to delete many.
SWEEP = "DELETE FROM documents WHERE rowid IN (SELECT rowid FROM documents WHERE expires_at <= :now LIMIT 8)"


class SqliteDocuments:
    """`Documents` in one file. A write that has returned survives a power cut; many share one fsync.

    Reads run on the caller's own thread: a point read takes tens of microseconds, less than handing it over.
    """

    def __init__(self, path: Path) -> None:
        """Raises `StoreUnavailable`."""
        with _faults_in_our_words():
            self._commits = GroupCommit(path, SCHEMA)

    async def create(self, container: str, document: Document, expires_in: timedelta | None = None) -> str:
        row = _row(container, document, expires_in)
        if not await self._write(CREATE, row):
            raise Conflict(f"{container} has a document with this id")
        return str(row["etag"])

    async def read(
        self,
        container: str,
        partition: str,
        document_id: str,
        *,
        newest: bool = False,  # noqa: ARG002  # as every read of one file is
    ) -> Stored | None:
        with _faults_in_our_words():
            found = self._commits.reader.execute(READ, _key(container, partition, document_id)).fetchone()
        return Stored(json.loads(found[0]), etag=found[1]) if found else None

    async def replace(self, container: str, document: Document, etag: str, expires_in: timedelta | None = None) -> str:
        row = _row(container, document, expires_in)
        if not await self._write(REPLACE, {**row, "expected_etag": etag}):
            raise Stale(f"the document in {container} was changed or deleted since it was read")
        return str(row["etag"])

    async def upsert(self, container: str, document: Document, expires_in: timedelta | None = None) -> str:
        row = _row(container, document, expires_in)
        await self._write(UPSERT, row)
        return str(row["etag"])

    async def delete(self, container: str, partition: str, document_id: str) -> None:
        await self._write(DELETE, _key(container, partition, document_id))

    async def query(
        self,
        container: str,
        partition: str,
        order_by: str,
        *,
        descending: bool = False,
        top: int = 100,
        continuation: str | None = None,
    ) -> Page:
        if not 1 <= top <= 1000:
            raise ValueError("top lies between 1 and 1000")
        question = question_of(container, partition, order_by, descending)
        those = Conditions(["partition = :partition"], _key(container, partition))
        value = f"+{_value_of(order_by)}"  # the plus keeps SQLite from an index over all partitions
        return self._page(question, those, value, descending, top, continuation)

    async def find(
        self,
        container: str,
        order_by: str,
        *,
        where: Mapping[str, str],
        since: str | None = None,
        descending: bool = False,
        top: int = 100,
        continuation: str | None = None,
    ) -> Page:
        question = question_of(container, json.dumps([dict(where), since]), order_by, descending)
        those = _where(container, where)
        if since is not None:
            those.texts.append(f"{_value_of(order_by)} >= :since")
            those.values["since"] = since
        return self._page(question, those, _value_of(order_by), descending, top, continuation)

    def _page(
        self, question: str, those: Conditions, value: str, descending: bool, top: int, continuation: str | None
    ) -> Page:
        values = {**those.values, "limit": top + 1}
        if continuation is not None:
            values["after_value"], values["after_id"] = position_of(question, continuation)
        select = _select(those.texts, value, descending, continuation is not None)
        with _faults_in_our_words():
            found = self._commits.reader.execute(select, values).fetchall()
        documents = [json.loads(document) for document, _, _ in found[:top]]
        return Page(documents, continuation_at(question, list(found[top - 1][1:])) if len(found) > top else None)

    async def due(
        self, container: str, before: str, top: int, field: str = "dueAt", shard: int | None = None
    ) -> list[Stored]:
        now = clock.to_text(clock.now())
        values = {"container": container, "before": before, "limit": top, "now": now, "shard": shard}
        with _faults_in_our_words():
            found = self._commits.reader.execute(DUE_BY[field], values).fetchall()
        return [Stored(json.loads(document), etag) for document, etag in found]

    async def scrub(self) -> bool:
        """What is deleted is overwritten at once; what it was stays in the write-ahead log until that is emptied."""
        with _faults_in_our_words():
            return await self._commits.empty_log()

    async def close(self) -> None:
        self._commits.close()

    async def _write(self, statement: str, values: dict[str, Any]) -> bool:
        """Commit one statement; whether it found a row to write."""

        def transaction(connection: sqlite3.Connection) -> bool:
            written = connection.execute(statement, values).rowcount > 0
            connection.execute(SWEEP, values)
            return written

        with _faults_in_our_words():
            return await self._commits.write(transaction)


def _key(container: str, partition: str, document_id: str | None = None) -> dict[str, Any]:
    return {"container": container, "partition": partition, "id": document_id, "now": clock.to_text(clock.now())}


def _row(container: str, document: Document, expires_in: timedelta | None) -> dict[str, Any]:
    """The values of one write. The etag is drawn at random, so it never returns, whatever is deleted or restored."""
    return {
        **_key(container, document[PARTITION_KEYS[container]], document["id"]),
        "document": json.dumps(document, allow_nan=False),
        "etag": uuid.uuid4().hex,
        "expires_at": None if expires_in is None else clock.to_text(clock.now() + expires_in),
    }


def _where(container: str, where: Mapping[str, str]) -> Conditions:
    those = Conditions([], {"container": container, "now": clock.to_text(clock.now())})
    for number, (field, value) in enumerate(where.items()):
        name, is_list, inner = field.partition("/[]")
        those.values[f"value_{number}"] = value
        if is_list:
            item = f"json_extract(value, '$.{inner[1:]}')" if inner else "value"
            if name in LISTS:
                those.texts.append(f"json_array_length(document, '$.{name}') > 0")
            those.texts.append(f"EXISTS (SELECT 1 FROM json_each(document, '$.{name}') WHERE {item} = :value_{number})")
        else:
            those.texts.append(f"{_value_of(name)} = :value_{number}")
    return those


def _value_of(field: str) -> str:
    return "id" if field == "id" else f"json_extract(document, '$.{field}')"


def _select(conditions: list[str], value: str, descending: bool, going_on: bool) -> str:
    """Seek behind the last document of the page before, not count up to it: inserts meanwhile move nothing.

    `value` is the expression to order by, spelt out everywhere: only so it finds its index.
    """
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    seek = f"{value} {beyond}= :after_value"  # which an index serves; the pair of value and id it does not
    further = [seek, f"({value}, id) {beyond} (:after_value, :after_id)"] if going_on else []
    return f"""
        SELECT document, {value}, id FROM documents
        WHERE {" AND ".join(["container = :container", ALIVE, f"{value} IS NOT NULL", *conditions, *further])}
        ORDER BY {value} {direction}, id {direction} LIMIT :limit
    """


CAUSES = {
    "SQLITE_BUSY": "another process writes to the file",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk fails",
    "SQLITE_NOTADB": "the file is no database",
    "SQLITE_READONLY": "the file cannot be written to",
}
"""By SQLite's code, which may be followed by a more precise one."""


@contextmanager
def _faults_in_our_words() -> Iterator[None]:
    """SQLite's text may hold what was written, its code does not."""
    try:
        yield
    except FileReplaced:
        raise StoreUnavailable("the file of the store was deleted or replaced: the app has to be restarted") from None
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", type(error).__name__)  # unset on errors of the Python module itself
        cause = next((f", {words}" for prefix, words in CAUSES.items() if code.startswith(prefix)), "")
        raise StoreUnavailable(f"SQLite cannot be asked now: {code}{cause}") from None
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise StoreUnavailable(f"the directory of the store cannot be used: {code}") from None
