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


ENTITIES_AS_INSTANCES = """
SELECT id, '', substr(id, 1, instr(substr(id, 2), '@')), NULL, 'Running', NULL, NULL, NULL, created_at, updated_at,
    NULL, NULL, NULL, NULL
FROM entities
"""
"""An entity is listed as a workflow that never ends, named `@` and its entity name."""


def position(instance: Instance) -> str:
    """Its place in the list."""
    return f"{instance.created_at} {instance.id}"


@dataclass(frozen=True)
class FoundEntity:
    """`state` is JSON text."""

    id: EntityId
    state: str
    updated_at: str


def instances_where(reader: sqlite3.Connection, wanted: Filter) -> list[Instance]:
    """Workflows and entities, the oldest first."""
    query = (
        f"SELECT * FROM (SELECT * FROM instances UNION ALL {ENTITIES_AS_INSTANCES}) "
        "WHERE created_at >= :from AND created_at <= :to AND substr(id, 1, :length) = :prefix "
        f"AND created_at || ' ' || id > :after {_status_clause(wanted.statuses)} "
        "ORDER BY created_at, id LIMIT :top"
    )
    values = {
        "from": to_text(wanted.created_from) if wanted.created_from else "0",
        "to": to_text(wanted.created_to) if wanted.created_to else "9999",
        "length": len(wanted.id_prefix),
        "prefix": wanted.id_prefix,
        "after": wanted.after,
        "top": wanted.top,
        **{f"status{number}": status.lower() for number, status in enumerate(wanted.statuses)},
    }
    return [instance_from(found) for found in reader.execute(query, values)]


def entities_where(reader: sqlite3.Connection, name: str, after: str, top: int) -> list[FoundEntity]:
    """Entities of one name, or of all for an empty one, by id."""
    prefix = f"@{name.lower()}@" if name else "@"
    query = (
        "SELECT id, state, updated_at FROM entities WHERE substr(id, 1, ?) = ? AND id > ? AND state IS NOT NULL "
        "ORDER BY id LIMIT ?"
    )
    rows = reader.execute(query, (len(prefix), prefix, after, top))
    return [FoundEntity(EntityId.from_text(found), state, updated_at) for found, state, updated_at in rows]


def _status_clause(statuses: list[str]) -> str:
    names = ", ".join(f":status{number}" for number in range(len(statuses)))
    return f"AND lower(status) IN ({names})" if statuses else ""
