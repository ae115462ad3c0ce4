"""Documents found across all partitions by what is in them, on every store."""

import pytest


async def put_customers(documents, *customers):
    for customer in customers:
        await documents.create("Customers", {"schema": 1, **customer})


async def ids(documents, **arguments):
    page = await documents.find("Customers", "updatedAt", **{"where": {}, **arguments})
    return [document["id"] for document in page.documents]


async def test_documents_are_found_by_a_field_and_by_an_item_of_a_list(documents):
    await put_customers(
        documents,
        {"id": "one", "updatedAt": "2027-01-01", "locale": "fr", "tags": ["vip", "new"]},
        {"id": "two", "updatedAt": "2027-01-03", "locale": "de", "tags": ["vip"]},
        {"id": "three", "updatedAt": "2027-01-02", "locale": "fr"},
        {"id": "not-on-file", "locale": "fr", "tags": ["vip"]},
    )

    assert await ids(documents, descending=True) == ["two", "three", "one"]
    assert await ids(documents, where={"tags/[]": "vip"}) == ["one", "two"]
    assert await ids(documents, where={"tags/[]": "vip", "locale": "fr"}) == ["one"]
    assert await ids(documents, where={"locale": "fr"}, since="2027-01-02") == ["three"]
    assert await ids(documents, where={"tags/[]": "vi"}) == []


async def test_pages_follow_each_other_without_gap_or_repetition(documents):
    await put_customers(documents, *({"id": f"c{each}", "updatedAt": f"2027-01-0{each // 2 + 1}"} for each in range(7)))
    seen, continuation = [], None
    while True:
        page = await documents.find(
            "Customers", "updatedAt", where={}, descending=True, top=2, continuation=continuation
        )
        seen += [each["id"] for each in page.documents]
        continuation = page.continuation
        if continuation is None:
            break

    assert sorted(seen) == [f"c{each}" for each in range(7)]
    first = await documents.find("Customers", "updatedAt", where={}, top=2)
    with pytest.raises(ValueError, match="continuation"):
        await documents.find("Customers", "updatedAt", where={"locale": "fr"}, top=2, continuation=first.continuation)


async def test_documents_are_found_by_a_field_of_the_items_of_a_list(documents):
    holders = [{"customerId": "ada"}, {"customerId": "ben"}]
    await documents.create("Correlations", {"id": "shared", "customerId": "cem", "others": holders, "sameAs": ["x"]})
    await documents.create("Correlations", {"id": "own", "customerId": "ada", "others": []})

    async def found(**where):
        return [each["id"] for each in (await documents.find("Correlations", "id", where=where)).documents]

    assert await found(**{"others/[]/customerId": "ada"}) == ["shared"]
    assert await found(customerId="ada") == ["own"]
    assert await found(**{"sameAs/[]": "x"}) == ["shared"]
