"""Who may call what: every route against every role, keys that do not count, and what a key reaches."""

import json
from datetime import timedelta

import pytest

from domain.access.caller import ROLES
from domain.clock import to_text
from scripts.access_table import PAGE, routes, with_table
from tests.end_to_end.callers import IN_A_WEEK, SECRET, SETUP, SMS, VALID, as_, key_for, path, send
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

EMAIL = "ada@example.com"


@pytest.fixture
async def platform(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        yield platform


def test_the_table_of_routes_and_roles_in_the_documents_is_that_of_the_code():
    """`make tables` writes it again."""
    assert PAGE.read_text() == with_table(PAGE.read_text())


def test_no_route_is_without_a_role():
    assert [route for route in routes() if not route[3]] == []
    public = {name for _, _, name, roles in routes() if roles == ("public",)}
    of_links = {"get_link", "get_preferences", "post_preferences", "get_confirmation", "post_confirmation"}
    assert public == {"get_workflow", "get_errors", "get_docs", "get_openapi", *of_links}


@on_one_store
async def test_every_route_lets_in_every_role_that_the_table_says_and_no_other(platform):
    keys = {role: await key_for(platform, role) for role in ROLES}
    for method, template, _, roles in routes():
        nobody = await platform.call(method, path(template))
        if roles == ("public",):
            assert nobody.status != 403
            assert nobody.status != 401 or template == "/api/access/link"  # which says that the link is none
            continue
        assert (nobody.status, nobody.body["type"]) == (401, "/api/docs/errors#notAuthenticated")
        for role, key in keys.items():
            answer = await as_(platform, key, method, path(template))
            cell = f"{role}: {method} {template}"
            assert (answer.status in (401, 403)) is (role not in roles), cell
            if role not in roles:
                assert (answer.status, roles[0] in answer.body["detail"]) == (403, True), cell


@on_one_store
async def test_a_key_that_does_not_count_is_refused_with_the_reason(platform, monkeypatch):
    monkeypatch.setattr("store.api_keys.CACHED_SECONDS", 0)
    key = await key_for(platform, "reader")
    expiring = await key_for(platform, "reader", expiresAt=to_text(MORNING + timedelta(minutes=5)))

    async def refused(shown):
        answer = await as_(platform, shown, "GET", "/api/health")
        return (answer.status, answer.body.get("detail"))

    assert (await refused(key))[0] == 200
    assert await refused("lf_nothing") == (401, "There is no such API key.")
    assert await refused(key[:-1]) == (401, "There is no such API key.")
    assert await refused(f"lf_000000000000_{SECRET}") == (401, "There is no such API key.")

    await as_(platform, SETUP, "DELETE", f"/api/keys/{key.split('_')[1]}")
    assert await refused(key) == (401, "The API key was revoked.")
    await platform.advance(minutes=6)
    assert await refused(expiring) == (401, "The API key has expired.")
    assert await refused(f"{expiring[:-20]}AAAAAAAAAAAAAAAAAAAA") == (401, "There is no such API key.")


@on_one_store
async def test_a_key_is_shown_once_and_its_secret_is_nowhere(platform):
    key = await key_for(platform, "sender", name="billing")

    listed = (await as_(platform, SETUP, "GET", "/api/keys")).body["data"]

    assert [(each["name"], each["roles"], each["mode"]) for each in listed] == [("billing", ["sender"], "live")]
    assert key.split("_", 2)[2] not in json.dumps(listed)
    audit = (await as_(platform, SETUP, "GET", "/api/audit")).body
    assert key.split("_", 2)[2] not in json.dumps(audit)


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles[0]"),
        ({"mode": "team"}, "recipients"),
        ({"recipients": [SMS]}, "recipients"),
        ({"expiresAt": to_text(MORNING - timedelta(days=1))}, "expiresAt"),
        ({"expiresAt": to_text(MORNING + timedelta(days=800))}, "expiresAt"),
        ({"sendsPerMinute": 0}, "sendsPerMinute"),
        ({"name": "two words"}, "name"),
        ({"name": "function-key"}, "name"),
        ({"name": "setup"}, "name"),
    ],
)
@on_one_store
async def test_a_key_that_makes_no_sense_is_not_made(platform, fields, at_fault):
    body = {"name": "billing", "roles": ["sender"], **fields}

    answer = await as_(platform, SETUP, "POST", "/api/keys", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)
    assert (await as_(platform, SETUP, "GET", "/api/keys")).body["data"] == []


async def test_a_team_key_reaches_its_recipients_and_nobody_else(platform):
    key = await key_for(platform, "sender", mode="team", recipients=[SMS, "Team@Example.com"])
    stranger = {"customerId": "customer-123", "message": "Hello", "channels": ["sms"], "to": {"sms": "+14255550199"}}

    refused = await as_(platform, key, "POST", "/api/messages", stranger)

    assert (refused.status, refused.body["type"]) == (422, "/api/docs/errors#noUsableChannel")
    assert "recipients that it lists" in refused.body["errors"][0]["reason"]
    both = {**stranger, "channels": ["sms", "email"], "to": {"sms": "+14255550199", "email": "team@example.com"}}
    taken = await as_(platform, key, "POST", "/api/messages", both)
    await platform.advance(minutes=1)
    message = (await as_(platform, SETUP, "GET", f"/api/messages/{taken.body['messageId']}")).body
    assert (message["status"], message["channel"], message["mode"]) == ("delivered", "email", "team")
    assert [skip["reason"]["code"] for skip in message["skipped"]] == ["recipientNotListed"]
    assert [effect["to"] for effect in await platform.ledger()] == ["team@example.com"]


async def test_a_team_message_does_not_follow_the_customer_to_an_address_that_is_not_listed(platform):
    key, admin = await key_for(platform, "sender", mode="team", recipients=[SMS]), SETUP
    await as_(platform, admin, "PUT", "/api/customers/customer-123", {"contactPoints": {"sms": SMS}})
    body = {"customerId": "customer-123", "message": "Hello", "channels": ["sms"], "sendAt": IN_A_WEEK}
    message_id = (await as_(platform, key, "POST", "/api/messages", body)).body["messageId"]
    await as_(platform, admin, "PUT", "/api/customers/customer-123", {"contactPoints": {"sms": "+14255550199"}})

    await platform.advance(days=7, minutes=1)

    message = (await as_(platform, admin, "GET", f"/api/messages/{message_id}")).body
    assert (message["status"], message["skipped"][0]["reason"]["code"]) == ("notSent", "recipientNotListed")
    assert await platform.ledger() == []


@pytest.mark.parametrize(
    ("to", "minutes", "status", "channel"),
    [
        ({"sms": SMS}, 1, "delivered", "sms"),
        ({"sms": "+14255550101", "email": EMAIL}, 1, "delivered", "email"),
        ({"whatsapp": "+14255550102", "email": "silent+1@example.com"}, 26, "undelivered", None),
    ],
)
@on_one_store
async def test_a_test_key_calls_no_provider_and_the_address_decides(platform, to, minutes, status, channel):
    key = await key_for(platform, "sender", mode="test")
    body = {"customerId": "customer-123", "message": "Hello", "channels": [*to], "to": to}

    message_id = (await as_(platform, key, "POST", "/api/messages", body)).body["messageId"]
    await platform.advance(minutes=minutes)

    message = (await as_(platform, SETUP, "GET", f"/api/messages/{message_id}")).body
    assert (message["status"], message["channel"], message["mode"]) == (status, channel, "test")
    assert await platform.ledger() == []
    assert {event["data"]["mode"] for event in await platform.published(message_id)} == {"test"}


@on_one_store
async def test_a_test_key_changes_nothing_but_its_test_messages(platform):
    test, live = await key_for(platform, *ROLES, mode="test"), await key_for(platform, "sender")
    real = (await send(platform, live)).body["messageId"]
    own = (await send(platform, test)).body["messageId"]

    for (method, template), body in VALID.items():
        if "messages" not in template:
            answer = await as_(platform, test, method, path(template), body)
            assert (answer.status, "test key" in answer.body["detail"]) == (403, True), template
    assert (await as_(platform, test, "POST", f"/api/messages/{real}/cancel")).status in (403, 409)
    assert (await as_(platform, test, "POST", f"/api/messages/{own}/cancel")).status in (202, 409)


@on_one_store
async def test_a_reader_sees_masked_addresses_and_no_texts(platform):
    keys = {role: await key_for(platform, role) for role in ("reader", "agent", "sender")}
    put = {"contactPoints": {"sms": SMS, "email": EMAIL}}
    assert (await as_(platform, keys["sender"], "PUT", "/api/customers/ada", put)).body["contactPoints"]["sms"] == SMS
    message = {"customerId": "ada", "message": "Hello", "channels": ["sms"]}
    await as_(platform, keys["sender"], "POST", "/api/messages", message)
    await platform.advance(minutes=1)
    await platform._control("POST", "replies", {"channel": "sms", "from": SMS, "text": "the secret word"})
    await platform.advance(minutes=1)

    async def seen_by(role):
        customer = (await as_(platform, keys[role], "GET", "/api/customers/ada")).body
        conversations = await as_(platform, keys[role], "GET", "/api/customers/ada/conversations")
        [conversation] = conversations.body["conversations"]
        url = f"/api/conversations/{conversation['conversationId']}/messages"
        messages = (await as_(platform, keys[role], "GET", url)).body["messages"]
        [reply] = [each for each in messages if each["direction"] == "inbound"]
        return customer["contactPoints"], reply.get("content", {}).get("text"), reply["from"]

    assert await seen_by("agent") == ({"sms": SMS, "email": EMAIL}, "the secret word", SMS[1:])
    masked = {"sms": "+14*****23", "email": "a***@example.com"}
    assert await seen_by("reader") == (masked, None, "142*****23")
