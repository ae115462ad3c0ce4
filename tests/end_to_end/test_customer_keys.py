"""A customer whose id is an address is named in paths and events without it."""

import pytest

from tests.platform import a_platform

CUSTOMER, NUMBER = "ada@example.com", "+14255550123"
ON_FILE = {"contactPoints": {"sms": NUMBER}}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def test_every_answer_that_tells_an_id_tells_the_same_key_beside_it(platform):
    put = (await platform.call("PUT", f"/api/customers/{CUSTOMER}", ON_FILE)).body
    message_id = await platform.post(customerId=CUSTOMER, channels=["sms"], conversationId="conv-456")
    await platform.advance(seconds=5)
    reply = {"channel": "sms", "from": NUMBER, "text": "Yes"}
    await platform.call("POST", f"{platform.providers.url}/local/replies", reply)
    await platform.advance(seconds=5)

    key = put["customerKey"]
    got = (await platform.call("GET", f"/api/customers/{key}")).body
    conversations = (await platform.call("GET", f"/api/customers/{key}/conversations")).body["conversations"]
    messages = (await platform.call("GET", "/api/conversations/conv-456/messages")).body["messages"]
    told = [put, got, await platform.message(message_id), *conversations, *messages]
    assert (len(conversations), len(messages)) == (1, 2)
    assert {(each["customerId"], each["customerKey"]) for each in told} == {(CUSTOMER, key)}

    events = [*await platform.published(message_id), *await platform.replies_published("conv-456")]
    assert {event["data"]["customerKey"] for event in events} == {key}
    assert len({event["eventType"] for event in events}) == 2
    assert CUSTOMER not in str(events)


async def test_a_customer_is_put_on_file_anew_by_the_key(platform):
    key = (await platform.call("PUT", f"/api/customers/{CUSTOMER}", ON_FILE)).body["customerKey"]

    again = await platform.call("PUT", f"/api/customers/{key}", {"locale": "en-GB"})

    assert (again.status, again.body["customerId"], again.body["locale"]) == (200, CUSTOMER, "en-GB")
    assert (await platform.call("GET", f"/api/customers/{CUSTOMER}")).body == again.body


async def test_the_key_of_a_customer_who_is_not_on_file_leads_to_their_conversations_and_is_404_else(platform):
    message_id = await platform.post(customerId=CUSTOMER, to={"sms": NUMBER}, channels=["sms"])
    await platform.advance(seconds=5)
    key = (await platform.message(message_id))["customerKey"]

    assert (await platform.call("GET", f"/api/customers/{key}/conversations")).status == 200
    assert (await platform.call("GET", f"/api/customers/{key}")).status == 404
    assert (await platform.call("PUT", f"/api/customers/{key}", ON_FILE)).status == 404


@pytest.mark.parametrize("key", ["ck_", f"ck_1_{'0' * 32}", "ck_someone", f"ck_9_{'0' * 32}"])
async def test_a_key_that_was_made_up_leads_to_nobody(platform, key):
    for method, path in (("GET", ""), ("PUT", ""), ("GET", "/conversations")):
        body = ON_FILE if method == "PUT" else None
        assert (await platform.call(method, f"/api/customers/{key}{path}", body)).status == 404


async def test_no_id_of_a_caller_looks_like_a_key(platform):
    body = {"customerId": "ck_ada", "message": "x", "to": {"sms": NUMBER}}

    answer = await platform.call("POST", "/api/messages", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "customerId")
    assert "ck_ada" not in str(answer.body)
