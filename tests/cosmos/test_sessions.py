"""Several workers on one account: each reads what it has written, and the others' writes when it must."""

import pytest

from domain.errors import Conflict, Stale
from store.cosmos import CosmosDocuments
from tests.cosmos.gateway import ACCOUNT_KEY

MESSAGE = {"schema": 1, "id": "message-1", "conversationId": "conversation-1"}


@pytest.fixture
async def workers(gateway):
    """Two of them, in a store that shows each as little of the other as it may."""
    gateway.stale = lambda request: True
    pair = [CosmosDocuments(gateway.url, ACCOUNT_KEY) for _ in range(2)]
    yield pair
    for worker in pair:
        await worker.close()


async def read(worker):
    return await worker.read("Messages", "conversation-1", "message-1")


async def test_a_worker_reads_what_it_has_written(workers):
    one, _ = workers
    etag = await one.create("Messages", MESSAGE)
    etag = await one.replace("Messages", {**MESSAGE, "text": "changed"}, etag)

    assert (await read(one)).etag == etag


async def test_what_another_worker_has_created_is_never_missed(workers):
    one, another = workers
    assert await read(another) is None

    await one.create("Messages", MESSAGE)

    assert (await read(another)).document == MESSAGE


async def test_a_change_of_an_old_version_is_stale_and_the_next_read_shows_why(workers):
    one, another = workers
    etag = await one.create("Messages", MESSAGE)
    old = await read(another)
    await one.replace("Messages", {**MESSAGE, "text": "changed"}, etag)
    assert (await read(another)).etag == old.etag, "the store is to serve old versions here"

    with pytest.raises(Stale):
        await another.replace("Messages", {**MESSAGE, "text": "mine"}, old.etag)

    assert (await read(another)).document["text"] == "changed"


async def test_a_worker_that_comes_second_reads_what_came_first(workers):
    one, another = workers
    await one.create("Messages", {**MESSAGE, "text": "first"})

    with pytest.raises(Conflict):
        await another.create("Messages", {**MESSAGE, "text": "second"})

    assert (await read(another)).document["text"] == "first"


async def test_who_must_not_miss_a_change_of_another_worker_reads_the_newest(workers):
    one, another = workers
    etag = await one.create("Messages", MESSAGE)
    await read(another)
    await one.replace("Messages", {**MESSAGE, "text": "changed"}, etag)
    assert "text" not in (await read(another)).document, "the store is to serve old versions here"

    newest = await another.read("Messages", "conversation-1", "message-1", newest=True)

    assert newest.document["text"] == "changed"
    assert await another.read("Messages", "conversation-1", "nothing", newest=True) is None
