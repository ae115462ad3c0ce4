"""The right of access: all that is held of a customer, and nothing of anybody else."""

import asyncio
import json

import pytest

from operations.__main__ import main
from tests.platform import a_platform

SMS = "+14255550123"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def test_all_that_is_held_of_a_customer_is_told_page_by_page(platform, capsys):
    await platform.call("PUT", "/api/customers/ada", {"contactPoints": {"sms": SMS}, "attributes": {"plan": "gold"}})
    await platform.call("PUT", "/api/customers/ben", {"contactPoints": {"sms": SMS}})
    await platform.agrees("sms", customer_id="ada")
    for number in range(5):
        await platform.post(customerId="ada", message=f"words {number}", channels=["sms"])
    await platform.post(customerId="ada", message="words 5", channels=["sms"], conversationId="another")
    await platform.post(customerId="ben", message="words of others", channels=["sms"])
    await platform.advance(seconds=5)
    await platform._control("POST", "replies", {"channel": "sms", "from": SMS, "text": "an answer"})
    await platform.call("POST", "/api/suppressions", {"channel": "sms", "address": SMS, "note": "a note"})
    await platform.settled()

    first = (await platform.call("GET", "/api/customers/ada/export?limit=3")).body
    status = await asyncio.to_thread(main, ["--url", platform.host.url, "export", "ada"])
    whole = json.loads(capsys.readouterr().out)

    assert (status, len(first["messages"]), "next" in first) == (0, 3, True)
    said = {each["content"].get("text") for each in whole["messages"]}
    assert said >= {f"words {number}" for number in range(6)}
    assert whole["customer"]["attributes"] == {"plan": "gold"}
    assert list(whole["customer"]["consents"]) == ["sms/all"]
    assert [(each["isShared"], each["suppressions"][0]["note"]) for each in whole["addresses"]] == [(True, "a note")]
    assert {each["action"] for each in whole["audit"]} >= {"customer.put", "consent.put", "suppression.create"}
    text = json.dumps(whole)
    assert "words of others" not in text
    assert '"ben"' not in text


async def test_who_is_not_on_file_has_an_export_and_who_is_unknown_or_erased_has_none(platform):
    await platform.post(customerId="cem", to={"sms": SMS}, channels=["sms"])
    await platform.advance(seconds=5)

    assert (await platform.call("GET", "/api/customers/cem/export")).status == 200
    assert (await platform.call("GET", "/api/customers/nobody/export")).status == 404
    assert (await platform.call("GET", "/api/customers/cem/export?after=x")).status == 400
    await platform.call("DELETE", "/api/customers/cem")
    assert (await platform.call("GET", "/api/customers/cem/export")).status == 410
