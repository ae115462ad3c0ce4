"""What every store promises, asked through the interface alone."""

import asyncio
from copy import deepcopy
from datetime import timedelta

import pytest

from domain.errors import Conflict, Stale
from store.documents import Documents

HOUR = timedelta(hours=1)


def a_message(document_id="message-1", **fields):
    return {"schema": 1, "id": document_id, "conversationId": "conversation-1", **fields}


async def read(documents: Documents, document_id="message-1"):
    return await documents.read("Messages", "conversation-1", document_id)


# One document


async def test_a_created_document_is_read_back_with_its_etag(documents):
    etag = await documents.create("Messages", a_message(text="hello"))

    stored = await read(documents)

    assert (stored.document, stored.etag) == (a_message(text="hello"), etag)


@pytest.mark.parametrize(
    "value",
    [
        "Grüße, 日本語, 🎉, \u0000, '; DROP TABLE documents; --",
        {"deep": [{"er": [1, [2, [3]]]}], "": None},
        [True, False, None, [], {}],
        0.1 + 0.2,
        -1.5e-300,
        2**53,
        "",
    ],
)
async def test_a_document_comes_back_as_it_was_given(documents, value):
    await documents.create("Messages", a_message(value=value))

    assert (await read(documents)).document == a_message(value=value)


async def test_what_was_given_is_not_changed(documents):
    given = a_message(attempts=[{"attempt": 1}])
    before = deepcopy(given)

    etag = await documents.create("Messages", given, expires_in=HOUR)
    await documents.replace("Messages", given, etag, expires_in=HOUR)
    await documents.upsert("Messages", given, expires_in=HOUR)

    assert given == before


async def test_what_was_read_belongs_to_the_reader(documents):
    await documents.create("Messages", a_message(attempts=[]))

    (await read(documents)).document["attempts"].append("scribble")
    (await documents.query("Messages", "conversation-1", "id")).documents[0]["attempts"].append("scribble")

    assert (await read(documents)).document == a_message(attempts=[])


async def test_nothing_of_the_store_shows_in_a_document_that_expires(documents):
    await documents.create("Messages", a_message(), expires_in=HOUR)

    page = await documents.query("Messages", "conversation-1", "id")

    assert (await read(documents)).document == a_message()
    assert page.documents == [a_message()]


async def test_a_document_that_is_not_there_reads_as_none(documents):
    assert await read(documents) is None


async def test_the_same_id_twice_in_one_partition_is_a_conflict_that_changes_nothing(documents):
    await documents.create("Messages", a_message(text="first"))

    with pytest.raises(Conflict):
        await documents.create("Messages", a_message(text="second"))

    assert (await read(documents)).document["text"] == "first"


async def test_partitions_and_containers_have_ids_of_their_own(documents):
    await documents.create("Messages", a_message())
    await documents.create("Messages", {**a_message(), "conversationId": "conversation-2"})
    await documents.create("Customers", {"id": "message-1"})

    await documents.delete("Messages", "conversation-2", "message-1")

    assert (await read(documents)).document == a_message()
    assert (await documents.read("Customers", "message-1", "message-1")).document == {"id": "message-1"}


async def test_replace_writes_over_the_version_it_names(documents):
    first = await documents.create("Messages", a_message(text="first"))

    second = await documents.replace("Messages", a_message(text="second"), first)

    stored = await read(documents)
    assert (stored.document["text"], stored.etag) == ("second", second)
    assert first != second


async def test_replacing_an_older_version_is_stale_and_changes_nothing(documents):
    first = await documents.create("Messages", a_message(text="first"))
    await documents.replace("Messages", a_message(text="second"), first)

    with pytest.raises(Stale):
        await documents.replace("Messages", a_message(text="third"), first)

    assert (await read(documents)).document["text"] == "second"


async def test_replacing_what_was_deleted_is_stale(documents):
    etag = await documents.create("Messages", a_message())
    await documents.delete("Messages", "conversation-1", "message-1")

    with pytest.raises(Stale):
        await documents.replace("Messages", a_message(), etag)

    assert await read(documents) is None


async def test_an_etag_does_not_return_when_the_document_is_deleted_and_created_again(documents):
    etags = []
    for _ in range(5):
        etags.append(await documents.create("Messages", a_message()))
        await documents.delete("Messages", "conversation-1", "message-1")

    assert len(set(etags)) == 5


async def test_writing_the_same_content_again_still_gives_a_new_etag(documents):
    first = await documents.create("Messages", a_message())
    second = await documents.replace("Messages", a_message(), first)
    third = await documents.upsert("Messages", a_message())

    assert len({first, second, third}) == 3


async def test_upsert_writes_whatever_is_there(documents):
    await documents.upsert("Messages", a_message(text="first"))
    etag = await documents.upsert("Messages", a_message(text="second"))

    stored = await read(documents)
    assert (stored.document["text"], stored.etag) == ("second", etag)


async def test_upsert_makes_older_etags_stale(documents):
    etag = await documents.create("Messages", a_message())
    await documents.upsert("Messages", a_message())

    with pytest.raises(Stale):
        await documents.replace("Messages", a_message(), etag)


async def test_deleting_twice_is_fine(documents):
    await documents.create("Messages", a_message())

    await documents.delete("Messages", "conversation-1", "message-1")
    await documents.delete("Messages", "conversation-1", "message-1")

    assert await read(documents) is None


# Many at once


async def test_of_concurrent_creates_one_wins_and_the_rest_conflict(documents):
    creates = (documents.create("Messages", a_message(writer=number)) for number in range(20))

    results = await asyncio.gather(*creates, return_exceptions=True)

    [winner] = [number for number, result in enumerate(results) if isinstance(result, str)]
    assert sum(isinstance(result, Conflict) for result in results) == 19
    assert (await read(documents)).document["writer"] == winner


async def test_of_concurrent_replaces_of_one_version_exactly_one_wins(documents):
    etag = await documents.create("Messages", a_message())
    replaces = (documents.replace("Messages", a_message(writer=number), etag) for number in range(20))

    results = await asyncio.gather(*replaces, return_exceptions=True)

    [winner] = [number for number, result in enumerate(results) if isinstance(result, str)]
    assert sum(isinstance(result, Stale) for result in results) == 19
    assert (await read(documents)).document["writer"] == winner


async def test_counting_under_etags_loses_no_step(documents):
    await documents.create("Messages", a_message(count=0))

    async def count_one():
        while True:
            stored = await read(documents)
            try:
                return await documents.replace("Messages", a_message(count=stored.document["count"] + 1), stored.etag)
            except Stale:
                continue

    await asyncio.gather(*(count_one() for _ in range(10)))

    assert (await read(documents)).document["count"] == 10


# Expiry


async def test_an_expired_document_is_neither_read_nor_found(documents, move_clock):
    await documents.create("Messages", a_message(), expires_in=HOUR)

    move_clock(HOUR - timedelta(seconds=1))
    assert await read(documents) is not None
    move_clock(HOUR)

    assert await read(documents) is None
    assert (await documents.query("Messages", "conversation-1", "id")).documents == []


async def test_an_expired_document_makes_way_for_a_new_one(documents, move_clock):
    await documents.create("Messages", a_message(text="old"), expires_in=HOUR)

    move_clock(HOUR)
    await documents.create("Messages", a_message(text="new"))

    assert (await read(documents)).document["text"] == "new"


async def test_replacing_an_expired_document_is_stale(documents, move_clock):
    etag = await documents.create("Messages", a_message(), expires_in=HOUR)

    move_clock(HOUR)

    with pytest.raises(Stale):
        await documents.replace("Messages", a_message(), etag)
    assert await read(documents) is None


async def test_a_document_that_has_not_expired_is_still_a_conflict(documents, move_clock):
    await documents.create("Messages", a_message(), expires_in=HOUR)

    with pytest.raises(Conflict):
        await documents.create("Messages", a_message())


async def test_a_write_without_expiry_keeps_no_older_one(documents, move_clock):
    etag = await documents.create("Messages", a_message(), expires_in=HOUR)
    await documents.upsert("Messages", a_message("message-2"), expires_in=HOUR)
    await documents.replace("Messages", a_message(), etag)
    await documents.upsert("Messages", a_message("message-2"))

    move_clock(HOUR)

    assert await read(documents) is not None
    assert await read(documents, "message-2") is not None


async def test_expiry_counts_from_the_last_write(documents, move_clock):
    etag = await documents.create("Messages", a_message(), expires_in=HOUR)
    move_clock(HOUR / 2)
    await documents.replace("Messages", a_message(), etag, expires_in=HOUR)

    move_clock(HOUR)
    assert await read(documents) is not None
    move_clock(HOUR * 3 / 2)

    assert await read(documents) is None


async def test_what_expired_is_gone_also_when_a_crowd_expired_together(documents, move_clock):
    crowd = [a_message(f"message-{number}") for number in range(30)]
    await asyncio.gather(*(documents.create("Messages", message, expires_in=HOUR) for message in crowd))
    await documents.create("Messages", a_message("for ever"))

    move_clock(HOUR)
    await documents.upsert("Messages", a_message("new"))

    page = await documents.query("Messages", "conversation-1", "id")
    assert [message["id"] for message in page.documents] == ["for ever", "new"]


async def test_what_is_due_is_found_by_its_shard_and_without_one_in_shard_0(documents):
    for document_id, shard in (("a", {"shard": 0}), ("b", {"shard": 7}), ("c", {})):
        document = {"id": document_id, "conversationId": "conv-1", "dueAt": "2026-11-22T12:00:00.000000Z", **shard}
        await documents.create("Messages", document)

    async def ids(shard):
        found = await documents.due("Messages", "2026-11-22T12:00:00.000000Z", 10, shard=shard)
        return sorted(each.document["id"] for each in found)

    assert [await ids(shard) for shard in (None, 0, 7, 8)] == [["a", "b", "c"], ["a", "c"], ["b"], []]
