"""Lists of workflows and entities, in pages."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from local.durable.entities import EntityId
from local.durable.history import to_text
from local.durable.records import Instance
from local.durable.storage import instance_from


@dataclass(frozen=True)
class Filter:
    """Which workflows; an empty value means any. Statuses are those of the management API, in any case.

    `after` is the position of the last one seen. `top` is -1 for all.
    """

    created_from: datetime | None
    created_to: datetime | None
    statuses: list[str]
    id_prefix: str
    after: str
    top: int


@dataclass(frozen=True)
class FoundEntity:
    """`state` is JSON text."""

    id: EntityId
    state: str
    updated_at: str


def position(instance: Instance) -> str:
    """Its place in the list."""
    return f"{instance.created_at} {instance.id}"


def instances_where(reader: sqlite3.Connection, wanted: Filter) -> list[Instance]:
    """Workflows and entities, the oldest first. An entity is listed as a workflow that never ends."""
    statuses = [status.lower() for status in wanted.statuses]
    found = [instance_from(row) for row in _page(reader, "instances", "*", wanted, statuses)]
    if not statuses or "running" in statuses:
        columns = "id, created_at, updated_at"
        found += [_as_instance(*row) for row in _page(reader, "entities", columns, wanted, [])]
    found.sort(key=lambda instance: (instance.created_at, instance.id))
    return found if wanted.top < 0 else found[: wanted.top]


def entities_where(reader: sqlite3.Connection, name: str, after: str, top: int) -> list[FoundEntity]:
    """Entities of one name, or of all for an empty one, by id."""
    prefix = f"@{name.lower()}@" if name else "@"
    query = (
        "SELECT id, state, updated_at FROM entities WHERE substr(id, 1, ?) = ? AND id > ? AND state IS NOT NULL "
        "ORDER BY id LIMIT ?"
    )
    rows = reader.execute(query, (len(prefix), prefix, after, top))
    return [FoundEntity(EntityId.from_text(found), state, updated_at) for found, state, updated_at in rows]


def _page(reader: sqlite3.Connection, table: str, columns: str, wanted: Filter, statuses: list[str]) -> sqlite3.Cursor:
    one_of = f"AND lower(status) IN ({', '.join('?' * len(statuses))})" if statuses else ""
    query = (
        f"SELECT {columns} FROM {table} WHERE created_at >= ? AND created_at <= ? AND (created_at, id) > (?, ?) "
        f"AND substr(id, 1, ?) = ? {one_of} ORDER BY created_at, id LIMIT ?"
    )
    begin = to_text(wanted.created_from) if wanted.created_from else ""
    end = to_text(wanted.created_to) if wanted.created_to else "9999"
    created_at, _, instance_id = wanted.after.partition(" ")
    prefix = (len(wanted.id_prefix), wanted.id_prefix)
    return reader.execute(query, (begin, end, created_at, instance_id, *prefix, *statuses, wanted.top))


def _as_instance(entity_id: str, created_at: str, updated_at: str) -> Instance:
    return Instance(
        entity_id,
        execution_id="",
        name=f"@{EntityId.from_text(entity_id).name}",
        version=None,
        status="Running",
        input=None,
        output=None,
        custom_status=None,
        created_at=created_at,
        updated_at=updated_at,
    )
