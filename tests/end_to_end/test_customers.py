"""Customers on file: changed by several callers, found, listed, taken along to another tool and back."""

import csv
import io
from asyncio import gather

import pytest

from tests.platform import a_platform
from tests.stores import on_one_store

ADA = {"contactPoints": {"sms": "+447700900123", "email": "ada@example.com"}, "locale": "en-GB", "tags": ["vip"]}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def put(platform, customer_id="ada", body=ADA, **headers):
    return await platform.call("PUT", f"/api/customers/{customer_id}", body, headers)


async def test_what_is_told_of_a_customer_can_be_put_back_and_changes_nothing(platform):
    first = await put(
        platform, body={**ADA, "attributes": {"plan": "gold"}, "otherContactPoints": {"sms": ["+447700900999"]}}
    )
    await platform.agrees("sms", customer_id="ada")
    read = await platform.call("GET", "/api/customers/ada")

    again = await put(platform, body=read.body)
    after = await platform.call("GET", "/api/customers/ada")

    assert (first.status, again.status) == (201, 200)
    assert after.headers["ETag"] == read.headers["ETag"] == first.headers["ETag"]
    assert {**after.body, "updatedAt": ""} == {**read.body, "updatedAt": ""}
    consents = (await platform.call("GET", "/api/customers/ada/consents")).body["data"]
    assert [each["allowsMarketing"] for each in consents] == [True]
    foreign = await put(platform, "ben", read.body)
    assert (foreign.status, foreign.body["errors"][0]["field"]) == (400, "customerId")


async def test_a_change_names_the_version_that_it_means_and_a_lost_answer_may_be_repeated(platform):
    etag = (await put(platform)).headers["ETag"]

    changed = await put(platform, body={**ADA, "locale": "fr"}, **{"If-Match": etag})
    too_late = await put(platform, body={**ADA, "locale": "de"}, **{"If-Match": etag})
    repeated = await put(platform, body={**ADA, "locale": "fr"}, **{"If-Match": etag})
    nobody = await put(platform, "ben", ADA, **{"If-Match": "*"})

    assert (changed.status, too_late.status, repeated.status, nobody.status) == (200, 412, 200, 412)
    assert too_late.body["type"].endswith("#customerChanged")
    assert (await platform.call("GET", "/api/customers/ada")).body["locale"] == "fr"
    assert (await platform.call("GET", "/api/customers/ben")).status == 404


async def test_a_patch_changes_what_it_names_and_nothing_else(platform):
    await put(platform, body={**ADA, "attributes": {"plan": "gold", "age": 37}})
    patch = {"contactPoints": {"sms": None}, "attributes": {"plan": "silver"}, "locale": None}

    changed = await platform.call("PATCH", "/api/customers/ada", patch)

    assert changed.status == 200
    assert changed.body["contactPoints"] == {"email": "ada@example.com"}
    assert changed.body["attributes"] == {"plan": "silver", "age": 37}
    assert "locale" not in changed.body
    assert changed.body["tags"] == ["vip"]
    for wrong, field in (
        ({"name": None}, "name"),
        ({"timeZone": "Mars"}, "timeZone"),
        ({"otherContactPoints": {"sms": ["+447700900999"]}}, "otherContactPoints"),
        ({"customerId": "ben"}, "customerId"),
        ([], "body"),
    ):
        refused = await platform.call("PATCH", "/api/customers/ada", wrong)
        assert (refused.status, refused.body["errors"][0]["field"]) == (400, field)
    assert (await platform.call("PATCH", "/api/customers/nobody", {})).status == 404


async def test_of_changes_of_several_fields_at_once_none_is_lost(platform):
    await put(platform)

    answers = await gather(
        *(platform.call("PATCH", "/api/customers/ada", {"attributes": {f"field{n}": n}}) for n in range(20))
    )

    assert {answer.status for answer in answers} == {200}
    read = await platform.call("GET", "/api/customers/ada")
    assert read.body["attributes"] == {f"field{n}": n for n in range(20)}


async def test_a_reply_from_a_second_number_finds_its_customer_and_only_the_preferred_one_is_written_to(platform):
    await put(platform, body={**ADA, "otherContactPoints": {"sms": ["+447700900999"]}})

    found = await platform.call("POST", "/api/customers/find", {"channel": "sms", "address": "+447700900999"})
    await platform.post(customerId="ada", channels=["sms"])
    await platform.settled()

    assert [each["customerId"] for each in found.body["data"]] == ["ada"]
    assert [each["to"] for each in await platform.ledger()] == ["+447700900123"]
    await platform.call("PATCH", "/api/customers/ada", {"otherContactPoints": None})
    gone = await platform.call("POST", "/api/customers/find", {"channel": "sms", "address": "+447700900999"})
    assert gone.body["data"] == []


async def test_customers_are_listed_by_tag_locale_and_time_a_page_at_a_time(platform):
    for number in range(5):
        await put(platform, f"c{number}", {"locale": "fr" if number % 2 else "de", "tags": ["all", f"t{number % 2}"]})
        await platform.advance(seconds=1)
    await platform.call(
        "PUT", "/api/customers/only-said-yes/consents/sms/all", {"state": "granted", "evidence": {"source": "form"}}
    )

    async def ids(query):
        answer = await platform.call("GET", f"/api/customers?{query}")
        assert answer.status == 200, answer.body
        return [each["customerId"] for each in answer.body["data"]], answer.body.get("next")

    first, following = await ids("limit=3")
    last, end = await ids(f"limit=3&after={following}")
    assert (first, last, end) == (["c4", "c3", "c2"], ["c1", "c0"], None)
    assert (await ids("tag=t1"))[0] == ["c3", "c1"]
    assert (await ids("tag=all&locale=de"))[0] == ["c4", "c2", "c0"]
    assert (await ids("updatedSince=2027-03-01T09:00:03Z"))[0] == ["c4", "c3"]
    for query, field in (
        ("tags=t1", "tags"),
        ("tag=a b", "tag"),
        ("updatedSince=monday", "updatedSince"),
        ("after=x", "after"),
    ):
        answer = await platform.call("GET", f"/api/customers?{query}")
        assert (answer.status, answer.body["errors"][0]["field"]) == (400, field)


@on_one_store
async def test_a_table_of_customers_holds_no_formula(platform):
    await put(
        platform, "=cmd()", {"contactPoints": {"sms": "+447700900123"}, "attributes": {"a": "x"}, "tags": ["b", "c"]}
    )

    answer = await platform.call("GET", "/api/customers?limit=1", headers={"Accept": "text/csv"})

    [row] = csv.DictReader(io.StringIO(answer.body))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert (row["customerId"], row["sms"], row["tags"]) == ("'=cmd()", "'+447700900123", "b|c")
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
