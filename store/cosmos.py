"""Documents in Azure Cosmos DB: the store in Azure."""
# ruff: noqa: S608  # field names come from our own code; what comes from outside is a parameter

import asyncio
import json
import math
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from domain.errors import Conflict, Stale, StoreUnavailable
from store.conditions import Conditions
from store.continuations import continuation as continuation_at
from store.continuations import position_of, question_of
from store.documents import PARTITION_KEYS, Document, Page, Stored
from telemetry.metrics import request_charge

T = TypeVar("T")
DATABASE = "CommunicationPlatform"
WRITE_ID = "writeId"
"""A random id for each write, stored with the document, so that a write whose response was lost is recognised."""

NO_ETAG = '"00000000-0000-0000-0000-000000000000"'
"""A well-formed etag that no document has."""

NOT_OURS_ALONE = {WRITE_ID, "ttl", "_rid", "_self", "_etag", "_attachments", "_ts"}
"""What is in an item beside the document."""

PAUSES_SECONDS = (0.1, 0.5)
"""Before the second and the third try. The caller repeats it later, at its own pace."""

OF_SHARD = "(c.shard = @shard OR (@shard = 0 AND NOT IS_DEFINED(c.shard)))"

TIMEOUTS: dict[str, Any] = {
    # A request that was answered 429 did not happen. The SDK waits as asked, in all about so many seconds.
    "retry_throttle_backoff_max": 2,
    # Everything else is retried here, and two layers of retries would multiply.
    "retry_total": 0,
    "retry_connect": 0,
    "retry_read": 0,
    "connection_timeout": 3,
    "read_timeout": 5,
}


class CosmosDocuments:
    """`Documents` in one Cosmos DB account, read and written in one session: a worker reads what it has written.

    The database and its containers must exist. `credential` is an identity or, locally, the account's key. Everything
    that may pass is tried three times. So a write may be made twice, by us or within the SDK, which repeats what was
    answered 503 or cut off; the second then finds the first, and knows it by its `writeId`.
    """

    def __init__(self, endpoint: str, credential: str | AsyncTokenCredential) -> None:
        # Emulators announce an https endpoint, so endpoint discovery is off for http.
        discovery = endpoint.startswith("https:")
        self._client = CosmosClient(
            endpoint, credential, consistency_level="Session", enable_endpoint_discovery=discovery, **TIMEOUTS
        )
        self._containers: asyncio.Task[dict[str, ContainerProxy]] | None = None

    async def create(self, container: str, document: Document, expires_in: timedelta | None = None) -> str:
        item = _item(document, expires_in)
        try:
            written = await self._ask(container, "create", lambda items, hook: items.create_item(item, **hook))
        except CosmosResourceExistsError:
            if etag := await self._etag_if_written(container, item):
                return etag
            raise Conflict(f"{container} has a document with this id") from None
        return str(written["_etag"])

    async def read(self, container: str, partition: str, document_id: str, *, newest: bool = False) -> Stored | None:
        item = None if newest else await self._read(container, partition, document_id)
        if item is None and await self._is_there(container, partition, document_id):
            item = await self._read(container, partition, document_id)
        return _stored(item) if item else None

    async def replace(self, container: str, document: Document, etag: str, expires_in: timedelta | None = None) -> str:
        item = _item(document, expires_in)
        condition: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        try:
            written = await self._ask(
                container, "replace", lambda items, hook: items.replace_item(item["id"], item, **condition, **hook)
            )
        except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
            if own := await self._etag_if_written(container, item):
                return own
            raise Stale(f"the document in {container} was changed or deleted since it was read") from None
        return str(written["_etag"])

    async def upsert(self, container: str, document: Document, expires_in: timedelta | None = None) -> str:
        item = _item(document, expires_in)
        written = await self._ask(container, "upsert", lambda items, hook: items.upsert_item(item, **hook))
        return str(written["_etag"])

    async def delete(self, container: str, partition: str, document_id: str) -> None:
        try:
            await self._ask(container, "delete", lambda items, hook: items.delete_item(document_id, partition, **hook))
        except CosmosResourceNotFoundError:
            return

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
        those = Conditions([f"c.{PARTITION_KEYS[container]} = @partition"], {"@partition": partition}, partition)
        return await self._page(container, question, those, order_by, descending, top, continuation)

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
        those = _where(where)
        if since is not None:
            those.texts.append(f"c.{order_by} >= @since")
            those.values["@since"] = since
        return await self._page(container, question, those, order_by, descending, top, continuation)

    async def _page(
        self,
        container: str,
        question: str,
        those: Conditions,
        order_by: str,
        descending: bool,
        top: int,
        continuation: str | None,
    ) -> Page:
        """A continuation holds the last value and the ids already given with it: inserts meanwhile move nothing.

        Cosmos DB's own continuations depend on its pages, which may be short, or empty at the end.
        """
        value, given = position_of(question, continuation) if continuation is not None else (None, [])
        beyond = f"c.{order_by} {'!=' if value is None else '<=' if descending else '>='} @value"
        items = await self._select(
            container,
            f"SELECT * FROM c WHERE {' AND '.join([*those.texts, beyond])} "
            f"ORDER BY c.{order_by} {'DESC' if descending else 'ASC'}",
            {**those.values, "@value": value},
            top + 1 + len(given),
            **({"partition_key": those.partition} if those.partition is not None else {}),
        )
        new = [item for item in items if not (item[order_by] == value and item["id"] in given)]
        page, is_last = new[:top], len(new) <= top
        if is_last:
            return Page([_document(item) for item in page], None)
        last = page[-1][order_by]
        given = [item["id"] for item in page if item[order_by] == last] + (given if last == value else [])
        return Page([_document(item) for item in page], continuation_at(question, [last, given]))

    async def due(
        self, container: str, before: str, top: int, field: str = "dueAt", shard: int | None = None
    ) -> list[Stored]:
        those, values = f"c.{field} <= @before", dict[str, Any]({"@before": before})
        if shard is not None:
            those, values = f"{those} AND {OF_SHARD}", {**values, "@shard": shard}
        found = await self._select(container, f"SELECT * FROM c WHERE {those} ORDER BY c.{field}", values, top)
        return [_stored(item) for item in found]

    async def scrub(self) -> bool:
        return True

    async def close(self) -> None:
        await self._client.close()

    async def _select(
        self, container: str, text: str, values: dict[str, Any], top: int, **where: Any
    ) -> list[dict[str, Any]]:
        """The first `top` items of a query."""
        parameters = [{"name": name, "value": value} for name, value in values.items()]

        async def first(items: ContainerProxy, hook: dict[str, Any]) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            async for item in items.query_items(text, parameters=parameters, max_item_count=top, **where, **hook):
                found.append(item)
                if len(found) == top:
                    break
            return found

        return await self._ask(container, "query", first)

    async def _read(self, container: str, partition: str, document_id: str) -> dict[str, Any] | None:
        try:
            return await self._ask(
                container, "read", lambda items, hook: items.read_item(document_id, partition, **hook)
            )
        except CosmosResourceNotFoundError:
            return None

    async def _is_there(self, container: str, partition: str, document_id: str) -> bool:
        """Ask the write region, by a conditional deletion that never succeeds. If the document exists, our session is
        up to date then.

        A session may not see recent writes of other workers, and a report whose attempt is not found would be lost.
        """
        never: dict[str, Any] = {"etag": NO_ETAG, "match_condition": MatchConditions.IfNotModified}
        try:
            await self._ask(
                container, "look", lambda items, hook: items.delete_item(document_id, partition, **never, **hook)
            )
        except CosmosResourceNotFoundError:
            return False
        except CosmosAccessConditionFailedError:
            return True
        raise AssertionError("no document has this etag")

    async def _etag_if_written(self, container: str, item: dict[str, Any]) -> str | None:
        """The etag of what an earlier try of this very write left behind, should there have been one."""
        found = await self._read(container, item[PARTITION_KEYS[container]], item["id"])
        return str(found["_etag"]) if found and found.get(WRITE_ID) == item[WRITE_ID] else None

    async def _ask(
        self, container: str, operation: str, request: Callable[[ContainerProxy, dict[str, Any]], Awaitable[T]]
    ) -> T:
        """The answer. Raises the SDK's errors for what concerns one document, else `StoreUnavailable`."""
        hook = {"raw_response_hook": partial(_count_charge, container, operation)}
        for pause in (*PAUSES_SECONDS, None):
            items = (await self._opened())[container]
            try:
                return await request(items, hook)
            except AzureError as error:
                if _is_about_the_document(error):
                    raise
                if pause is None or not _may_pass(error):
                    raise _unavailable(error) from None
                await asyncio.sleep(pause)
        raise AssertionError("the last pause is None")

    async def _opened(self) -> dict[str, ContainerProxy]:
        """The containers, by name. Simultaneous callers share one try; the next call after a failure tries again."""
        if self._containers is None or _has_failed(self._containers):
            self._containers = asyncio.create_task(self._open())
        try:
            return await asyncio.shield(self._containers)
        except AzureError as error:
            raise _unavailable(error) from None

    async def _open(self) -> dict[str, ContainerProxy]:
        """Each is asked for once, so that a later 404 can only mean a document."""
        await self._client.__aenter__()
        database = self._client.get_database_client(DATABASE)
        containers = {name: database.get_container_client(name) for name in PARTITION_KEYS}
        await asyncio.gather(*(container.read() for container in containers.values()))
        return containers


def _where(where: Mapping[str, str]) -> Conditions:
    those = Conditions([], {})
    for number, (field, value) in enumerate(where.items()):
        name, is_list, inner = field.partition("/[]")
        if not is_list:
            those.texts.append(f"c.{name} = @value_{number}")
        elif inner:
            those.texts.append(f"ARRAY_CONTAINS(c.{name}, {{{inner[1:]}: @value_{number}}}, true)")
        else:
            those.texts.append(f"ARRAY_CONTAINS(c.{name}, @value_{number})")
        those.values[f"@value_{number}"] = value
    return those


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _item(document: Document, expires_in: timedelta | None) -> dict[str, Any]:
    """What Cosmos DB is given. Its `ttl` counts whole seconds from the last write."""
    expiry = {} if expires_in is None else {"ttl": math.ceil(expires_in.total_seconds())}
    return {**document, WRITE_ID: uuid.uuid4().hex, **expiry}


def _document(item: dict[str, Any]) -> Document:
    return {name: value for name, value in item.items() if name not in NOT_OURS_ALONE}


def _stored(item: dict[str, Any]) -> Stored:
    return Stored(_document(item), item["_etag"])


def _is_about_the_document(error: AzureError) -> bool:
    """Whether it is there, and as we know it. A 404 with a sub-status is about the session or the container."""
    if isinstance(error, CosmosResourceNotFoundError):
        return not error.sub_status
    return isinstance(error, CosmosResourceExistsError | CosmosAccessConditionFailedError)


def _may_pass(error: AzureError) -> bool:
    """Whether another try may go better. Of the 4xx: no answer in time, moved, not there yet, "retry with"."""
    status = getattr(error, "status_code", None)
    return status is None or not 400 <= status < 500 or status in {404, 408, 410, 449}


def _unavailable(error: AzureError) -> StoreUnavailable:
    """The SDK's text may hold what was written, its status does not."""
    status = getattr(error, "status_code", None) or type(error).__name__
    return StoreUnavailable(f"Cosmos DB cannot be asked now: {status}")


def _count_charge(container: str, operation: str, response: Any) -> None:
    """Each answer has its charge, also those that the SDK waits out."""
    charge = response.http_response.headers.get("x-ms-request-charge", 0)
    request_charge(container, operation, float(charge))
