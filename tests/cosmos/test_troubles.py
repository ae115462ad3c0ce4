"""Cosmos DB refuses, is away, or does what it was asked and its answer is lost: nothing is lost and nothing doubled."""

import asyncio

import pytest
from aiohttp import web

from domain.errors import Conflict, Stale, StoreUnavailable
from store.cosmos import PAUSES_SECONDS, CosmosDocuments
from tests.cosmos.gateway import (
    ACCOUNT_KEY,
    ANSWER_LOST,
    REFUSED,
    SESSION_BEHIND,
    THROTTLED,
    UNAVAILABLE,
)

MESSAGE = {"schema": 1, "id": "message-1", "conversationId": "conversation-1", "text": "a secret of ours"}
CHANGED = {**MESSAGE, "text": "changed"}
TRIES = len(PAUSES_SECONDS) + 1


def troubles(gateway, *what, on=None):
    """These happen to the next requests, or to those of one operation, one after the other."""
    coming = list(what)
    gateway.trouble = lambda request: coming.pop(0) if coming and on in (None, request.operation) else None


async def read(documents):
    return await documents.read("Messages", "conversation-1", "message-1")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Tries follow each other without much ado."""
    monkeypatch.setattr("store.cosmos.PAUSES_SECONDS", (0, 0))


@pytest.mark.parametrize("trouble", [THROTTLED, UNAVAILABLE, ANSWER_LOST])
async def test_a_creation_in_trouble_is_made_once(trouble, documents, gateway):
    troubles(gateway, trouble, on="create")

    etag = await documents.create("Messages", MESSAGE)

    stored = await read(documents)
    assert (stored.document, stored.etag) == (MESSAGE, etag)


async def test_a_creation_that_came_second_conflicts_also_when_its_answer_was_lost(documents, gateway):
    await documents.create("Messages", MESSAGE)
    troubles(gateway, ANSWER_LOST, on="create")

    with pytest.raises(Conflict):
        await documents.create("Messages", MESSAGE)


async def test_of_creations_of_the_same_document_one_wins_though_all_answers_are_lost_once(documents, gateway):
    troubles(gateway, *[ANSWER_LOST] * 5, on="create")

    results = await asyncio.gather(*(documents.create("Messages", MESSAGE) for _ in range(5)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 4 + ["str"]


@pytest.mark.parametrize("trouble", [THROTTLED, UNAVAILABLE, ANSWER_LOST])
async def test_a_replacement_in_trouble_is_made_once_and_not_called_stale(trouble, documents, gateway):
    etag = await documents.create("Messages", MESSAGE)
    troubles(gateway, trouble, on="replace")

    new = await documents.replace("Messages", CHANGED, etag)

    stored = await read(documents)
    assert (stored.document, stored.etag) == (CHANGED, new)


async def test_a_replacement_that_came_second_is_stale_also_when_its_answer_was_lost(documents, gateway):
    etag = await documents.create("Messages", MESSAGE)
    await documents.replace("Messages", CHANGED, etag)
    troubles(gateway, ANSWER_LOST, on="replace")

    with pytest.raises(Stale):
        await documents.replace("Messages", MESSAGE, etag)

    assert (await read(documents)).document == CHANGED


@pytest.mark.parametrize("trouble", [*REFUSED, ANSWER_LOST])
async def test_what_may_simply_be_repeated_is(trouble, documents, gateway):
    await documents.create("Messages", MESSAGE)

    troubles(gateway, trouble)
    await documents.upsert("Messages", CHANGED)
    troubles(gateway, trouble)
    stored = await read(documents)
    troubles(gateway, trouble)
    page = await documents.query("Messages", "conversation-1", "id")
    troubles(gateway, trouble)
    await documents.delete("Messages", "conversation-1", "message-1")

    assert (stored.document, page.documents) == (CHANGED, [CHANGED])
    assert await read(documents) is None


async def test_a_replica_that_is_behind_our_session_has_no_say_in_what_is_missing(documents, gateway):
    await documents.create("Messages", MESSAGE)
    troubles(gateway, *[SESSION_BEHIND] * TRIES)

    with pytest.raises(StoreUnavailable, match="404"):
        await read(documents)


@pytest.mark.parametrize("operation", ["create", "read", "replace", "upsert", "delete", "query"])
async def test_when_trouble_lasts_the_store_is_unavailable_in_our_words(operation, documents, gateway):
    etag = await documents.create("Messages", MESSAGE)
    troubles(gateway, *[UNAVAILABLE] * TRIES)
    calls = {
        "create": lambda: documents.create("Messages", MESSAGE),
        "read": lambda: read(documents),
        "replace": lambda: documents.replace("Messages", MESSAGE, etag),
        "upsert": lambda: documents.upsert("Messages", MESSAGE),
        "delete": lambda: documents.delete("Messages", "conversation-1", "message-1"),
        "query": lambda: documents.query("Messages", "conversation-1", "id"),
    }

    with pytest.raises(StoreUnavailable) as failure:
        await calls[operation]()

    assert str(failure.value) == "Cosmos DB cannot be asked now: 503"
    assert (failure.value.__cause__, failure.value.__suppress_context__) == (None, True)
    assert (await read(documents)).document == MESSAGE


async def test_what_cosmos_db_refuses_for_good_is_not_asked_again(documents, gateway):
    with pytest.raises(StoreUnavailable, match="400"):
        await documents.create("Messages", {**MESSAGE, "id": ""})

    assert [each.status for each in gateway.bill] == [400]


async def test_a_container_that_is_missing_is_no_document_that_is_missing(documents, gateway):
    await gateway.drop("Messages")

    with pytest.raises(StoreUnavailable, match="404"):
        await read(documents)


async def test_a_store_that_was_away_is_found_when_it_is_back(gateway):
    port = int(gateway.url.rstrip("/").rpartition(":")[2])
    await gateway.stop()
    documents = CosmosDocuments(gateway.url, ACCOUNT_KEY)

    waiting = await asyncio.gather(*(documents.create("Messages", MESSAGE) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in waiting] == [StoreUnavailable] * 3
    await gateway.start(port)
    await documents.create("Messages", MESSAGE)

    assert (await read(documents)).document == MESSAGE
    await documents.close()


async def test_a_store_that_first_answered_nonsense_is_not_given_up(gateway):
    async def nonsense(_: web.Request) -> web.Response:
        return web.json_response([])  # which the SDK cannot read: an AttributeError

    port = int(gateway.url.rstrip("/").rpartition(":")[2])
    await gateway.stop()
    documents = CosmosDocuments(gateway.url, ACCOUNT_KEY)
    somebody_else = web.Application()
    somebody_else.add_routes([web.route("*", "/{path:.*}", nonsense)])
    runner = web.AppRunner(somebody_else, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    with pytest.raises(AttributeError):
        await documents.create("Messages", MESSAGE)
    await runner.cleanup()

    await gateway.start(port)
    await documents.create("Messages", MESSAGE)

    assert (await read(documents)).document == MESSAGE
    await documents.close()
