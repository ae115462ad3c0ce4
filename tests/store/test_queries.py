"""Queries within one partition, asked of every store through the interface alone."""

import asyncio
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CONTINUATIONS_OF_OTHERS = ["", "x", "!", "é", "bm90IG91cnM=", "W1siYSIsICJiIl0sICJjIl0=", "A" * 20_000]
partitions = count(1)


def a_message(document_id, conversation="conversation-1", **fields):
    return {"schema": 1, "id": document_id, "conversationId": conversation, **fields}


async def create_all(documents, messages):
    await asyncio.gather(*(documents.create("Messages", message) for message in messages))


async def ids(documents, **arguments):
    page = await documents.query("Messages", "conversation-1", "createdAt", **arguments)
    return [document["id"] for document in page.documents]


@pytest.mark.parametrize("values", [[1, -2.5, 10, 9], ["b", "a", "B", "10", "9"]])
async def test_documents_come_in_the_order_of_the_field(documents, values):
    await create_all(documents, [a_message(str(value), createdAt=value) for value in values])

    assert await ids(documents) == [str(value) for value in sorted(values)]
    assert await ids(documents, descending=True) == [str(value) for value in sorted(values, reverse=True)]


async def test_documents_without_the_field_or_with_null_in_it_are_left_out(documents):
    await create_all(
        documents, [a_message("without"), a_message("null", createdAt=None), a_message("with", createdAt=0)]
    )

    assert await ids(documents) == ["with"]


async def test_only_the_asked_partition_is_searched(documents):
    await create_all(documents, [a_message("here", createdAt=1), a_message("there", "conversation-2", createdAt=1)])
    await documents.create("Correlations", {"id": "conversation-1", "createdAt": 1})

    assert await ids(documents) == ["here"]


async def test_the_last_page_has_no_continuation(documents):
    await create_all(documents, [a_message(f"message-{number}", createdAt=number) for number in range(4)])

    first = await documents.query("Messages", "conversation-1", "createdAt", top=2)
    last = await documents.query("Messages", "conversation-1", "createdAt", top=2, continuation=first.continuation)

    assert [document["createdAt"] for document in first.documents + last.documents] == [0, 1, 2, 3]
    assert last.continuation is None


async def test_nothing_found_is_an_empty_last_page(documents):
    page = await documents.query("Messages", "conversation-1", "createdAt")

    assert (page.documents, page.continuation) == ([], None)


@pytest.mark.parametrize("continuation", CONTINUATIONS_OF_OTHERS)
async def test_a_continuation_of_others_is_refused(documents, continuation):
    with pytest.raises(ValueError):
        await documents.query("Messages", "conversation-1", "createdAt", continuation=continuation)


async def test_a_continuation_of_another_query_is_refused(documents):
    await create_all(documents, [a_message("one", createdAt=1), a_message("two", createdAt=2)])
    page = await documents.query("Messages", "conversation-1", "createdAt", top=1)

    for query in [("Messages", "conversation-2", "createdAt"), ("Messages", "conversation-1", "id")]:
        with pytest.raises(ValueError):
            await documents.query(*query, continuation=page.continuation)


@pytest.mark.parametrize("top", [0, -1, 1001])
async def test_a_page_holds_1_to_1000_documents(documents, top):
    with pytest.raises(ValueError):
        await documents.query("Messages", "conversation-1", "createdAt", top=top)


# Few different values, so that most have ties
numbers = st.lists(st.sampled_from([None, -1, 0, 0.5, 1, 2]), max_size=12)
texts = st.lists(st.sampled_from([None, "", "a", "A", "b", "2026-12-01T09:00:00.000000Z"]), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=numbers | texts, inserted=numbers | texts, top=st.integers(1, 5), descending=st.booleans())
async def test_pages_show_each_document_once_and_in_order_while_others_arrive(
    documents, values, inserted, top, descending
):
    conversation = f"conversation-{next(partitions)}"
    await create_all(
        documents, [a_message(f"old-{n}", conversation, createdAt=value) for n, value in enumerate(values)]
    )
    arriving = [a_message(f"new-{n}", conversation, createdAt=value) for n, value in enumerate(inserted)]

    seen, continuation = [], None
    while True:
        page = await documents.query(
            "Messages", conversation, "createdAt", top=top, descending=descending, continuation=continuation
        )
        seen += page.documents
        if (continuation := page.continuation) is None:
            break
        await create_all(documents, [arriving.pop() for _ in arriving[:2]])

    old = [document for document in seen if document["id"].startswith("old-")]
    expected = [value for value in values if value is not None]
    assert [document["createdAt"] for document in old] == sorted(expected, reverse=descending)
    assert len({document["id"] for document in seen}) == len(seen)
