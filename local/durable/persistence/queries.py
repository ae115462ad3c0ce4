"""Lists of workflows and entities, in pages."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from local.durable.execution.entities import EntityId
from local.durable.execution.history import to_text
from local.durable.persistence.records import Instance
from local.durable.persistence.storage import instance_from

_ENTITY_COLUMNS = "id, created_at, updated_at"
"""In the order of `_as_instance`."""


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
class EntityFilter:
    """Which entities; an empty value means any. `name` is in any case, `after` the id of the last one seen."""

    name: str
    operated_from: datetime | None
    operated_to: datetime | None
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
        found += [_as_instance(*row) for row in _page(reader, "entities", _ENTITY_COLUMNS, wanted, [])]
    found.sort(key=lambda instance: (instance.created_at, instance.id))
    return found if wanted.top < 0 else found[: wanted.top]


def entity_as_instance(reader: sqlite3.Connection, entity_id: str) -> Instance | None:
    """The entity as a workflow that never ends; None if it does not exist."""
    query = f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE id = ?"
    found = reader.execute(query, (entity_id,)).fetchone()
    return _as_instance(*found) if found else None


def entities_where(reader: sqlite3.Connection, wanted: EntityFilter) -> list[FoundEntity]:
    """Entities, by id."""
    prefix = f"@{wanted.name.lower()}@" if wanted.name else "@"
    query = (
        "SELECT id, state, updated_at FROM entities WHERE substr(id, 1, ?) = ? AND id > ? AND state IS NOT NULL "
        "AND updated_at BETWEEN ? AND ? ORDER BY id LIMIT ?"
    )
    span = _span(wanted.operated_from, wanted.operated_to)
    rows = reader.execute(query, (len(prefix), prefix, wanted.after, *span, wanted.top))
    return [FoundEntity(EntityId.from_text(found), state, updated_at) for found, state, updated_at in rows]


def _page(reader: sqlite3.Connection, table: str, columns: str, wanted: Filter, statuses: list[str]) -> sqlite3.Cursor:
    one_of = f"AND lower(status) IN ({', '.join('?' * len(statuses))})" if statuses else ""
    query = (
        f"SELECT {columns} FROM {table} WHERE created_at BETWEEN ? AND ? AND (created_at, id) > (?, ?) "
        f"AND substr(id, 1, ?) = ? {one_of} ORDER BY created_at, id LIMIT ?"
    )
    span = _span(wanted.created_from, wanted.created_to)
    created_at, _, instance_id = wanted.after.partition(" ")
    prefix = (len(wanted.id_prefix), wanted.id_prefix)
    return reader.execute(query, (*span, created_at, instance_id, *prefix, *statuses, wanted.top))


def _span(begin: datetime | None, end: datetime | None) -> tuple[str, str]:
    """As texts to compare with those of the tables."""
    return to_text(begin) if begin else "", to_text(end) if end else "9999"


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
