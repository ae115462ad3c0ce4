"""What a request to Cosmos DB is about, read from the wire."""

import json
import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web

ITEMS = re.compile(r"/dbs/[^/]+/colls/(?P<container>[^/]+)/docs(?:/(?P<id>[^/]+))?/?")
BY_METHOD = {"GET": "read", "PUT": "replace", "DELETE": "delete"}

Key = tuple[str, str, str]
"""Container, partition, id."""


@dataclass(frozen=True)
class ItemRequest:
    """`operation`: read, replace, delete, create, upsert or query. `item` is what is to be written, or the query.

    `session` is how far the container has come, to the client's knowledge: 0 when it has none.
    """

    operation: str
    container: str
    partition: str | None
    id: str | None
    item: dict[str, Any]
    host: str
    session: int

    @classmethod
    def of(cls, request: web.Request, body: bytes) -> Self | None:
        """None when it is not about items."""
        if not (path := ITEMS.fullmatch(request.path)):
            return None
        item = json.loads(body) if body else {}
        partition = json.loads(request.headers.get("x-ms-documentdb-partitionkey", "[null]"))[0]
        document_id = unquote(path["id"]) if path["id"] else item.get("id")
        session = int(request.headers.get("x-ms-session-token", "").rpartition("#")[2] or 0)
        return cls(_operation(request), path["container"], partition, document_id, item, request.host, session)

    @property
    def key(self) -> Key:
        return (self.container, str(self.partition), str(self.id))

    @property
    def is_write(self) -> bool:
        return self.operation not in ("read", "query")


def _operation(request: web.Request) -> str:
    if request.method != "POST":
        return BY_METHOD[request.method]
    if request.headers.get("x-ms-documentdb-isquery", "").lower() == "true":
        return "query"
    return "upsert" if request.headers.get("x-ms-documentdb-is-upsert", "").lower() == "true" else "create"
