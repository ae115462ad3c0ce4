"""Who may call what: every route against every role, keys that do not count, browsers, and the audit."""

import json
import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import pytest

from domain.access.caller import ROLES
from domain.clock import to_text
from scripts.access_table import PAGE, routes, with_table
from tests.platform import MORNING, a_platform
from tests.stores import is_troubled, on_one_store
from triggers.http.audited import IN_THE_RECORD

SECRET = "0123456789abcdef0123456789abcdef"
SETUP = f"lf_setup_{SECRET}"
SMS, EMAIL = "+14255550123", "ada@example.com"
CONSOLE = {"X-Landfall-Console": "1"}
IN_A_WEEK = to_text(MORNING + timedelta(days=7))
SAMPLES = {"message_id": "m-1", "customer_id": "customer-123", "conversation_id": "c-1", "key_id": "k1"}

VALID = {
    ("PUT", "/api/customers/{customer_id}"): {"contactPoints": {"sms": SMS}},
    ("PATCH", "/api/messages/{message_id}"): {"sendAt": IN_A_WEEK},
    ("POST", "/api/messages/{message_id}/cancel"): None,
    ("POST", "/api/sending/pause"): {"reason": "a drill", "category": "marketing"},
    ("POST", "/api/sending/resume"): {"category": "marketing"},
    ("POST", "/api/sending/exemptions"): {
        "kind": "country", "value": "at", "owner": "ada", "reason": "a trip", "until": IN_A_WEEK
    },
    ("POST", "/api/keys"): {"name": "billing", "roles": ["sender"]},
    ("POST", "/api/access/links"): None,
    ("DELETE", "/api/keys/{key_id}"): None,
}  # fmt: skip
"""Every route that changes something and leaves an entry in the audit, with a body that it takes."""


@pytest.fixture
async def platform(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCESS", "roles")
    monkeypatch.setenv("ADMIN_KEY_DIGEST", sha256(SECRET.encode()).hexdigest())
    monkeypatch.setattr("triggers.http.sending_api.SETTLING_SECONDS", 0)
    async with a_platform(tmp_path) as platform:
        yield platform


async def key_for(platform, *roles, **fields):
    body = {"name": fields.pop("name", "somebody"), "roles": list(roles), **fields}
    answer = await as_(platform, SETUP, "POST", "/api/keys", body)
    assert answer.status == 201, answer.body
    return answer.body["key"]


async def as_(platform, key, method, url, body=None, **headers):
    return await platform.call(method, url, body, {"X-Api-Key": key, **headers} if key else headers)


async def send(platform, key, **headers):
    body = {"customerId": "customer-123", "message": "Hello", "channels": ["sms"], "to": {"sms": SMS}}
    return await as_(platform, key, "POST", "/api/messages", body, **headers)


def path(template):
    return re.sub(r"\{(\w+)\}", lambda found: SAMPLES[found[1]], template)


def test_the_table_of_routes_and_roles_in_the_documents_is_that_of_the_code():
    """`make tables` writes it again."""
    assert PAGE.read_text() == with_table(PAGE.read_text())


def test_no_route_is_without_a_role():
    assert [route for route in routes() if not route[3]] == []
    public = {name for _, _, name, roles in routes() if roles == ("public",)}
    assert public == {"get_workflow", "get_errors", "get_docs", "get_openapi", "get_link"}


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


# Entra


def principal(*claims):
    told = {"auth_typ": "aad", "claims": [{"typ": kind, "val": value} for kind, value in claims], "role_typ": "roles"}
    return b64encode(json.dumps(told).encode()).decode()


OID = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "11111111-2222-3333-4444-555555555555")


@on_one_store
async def test_a_forged_principal_is_refused_with_the_reason(platform):
    header = {"X-MS-CLIENT-PRINCIPAL": principal(OID, ("roles", "admin")), "Authorization": "Bearer x"}

    answer = await platform.call("GET", "/api/keys", headers=header)

    assert answer.status == 401
    assert "only where App Service Authentication is on" in answer.body["detail"]


@on_one_store
async def test_where_azure_signs_people_in_their_app_roles_count(platform, monkeypatch):
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    reader = {"X-MS-CLIENT-PRINCIPAL": principal(OID, ("roles", "Reader")), "Authorization": "Bearer x"}
    roleless = {"X-MS-CLIENT-PRINCIPAL": principal(OID), "Authorization": "Bearer x"}

    assert (await platform.call("GET", "/api/sending", headers=reader)).status == 200
    assert (await platform.call("GET", "/api/keys", headers=reader)).status == 403
    assert (await platform.call("GET", "/api/sending", headers=roleless)).status == 403
    for garbage in ("%", b64encode(b"[]").decode(), principal(("roles", "admin"))):
        header = {"X-MS-CLIENT-PRINCIPAL": garbage, "Authorization": "Bearer x"}
        assert (await platform.call("GET", "/api/keys", headers=header)).status == 401


@on_one_store
async def test_whoever_entra_knows_by_a_cookie_needs_our_header(platform, monkeypatch):
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    header = {"X-MS-CLIENT-PRINCIPAL": principal(OID, ("roles", "operator"))}

    answer = await platform.call("GET", "/api/sending", headers=header)

    assert (answer.status, "X-Landfall-Console" in answer.body["detail"]) == (403, True)
    assert (await platform.call("GET", "/api/sending", headers={**header, **CONSOLE})).status == 200


# browsers


async def signed_in(platform, key):
    link = (await as_(platform, key, "POST", "/api/access/links")).body["url"]
    async with platform._http.get(link, allow_redirects=False) as opened:
        assert (opened.status, opened.headers["Location"]) == (303, "/api/docs")
        assert {"HttpOnly", "SameSite=Strict"} <= set(opened.headers["Set-Cookie"].split("; "))
        return link, opened.headers["Set-Cookie"].partition(";")[0]


@on_one_store
async def test_a_link_signs_a_browser_in_once(platform):
    key = await key_for(platform, "operator", "reader")
    link, cookie = await signed_in(platform, key)

    again = await platform.call("GET", link)

    assert (again.status, "Set-Cookie" in again.headers) == (401, False)
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": cookie, **CONSOLE})).status == 200
    assert (await platform.call("GET", "/api/keys", headers={"Cookie": cookie, **CONSOLE})).status == 403


@on_one_store
async def test_a_link_that_nobody_opens_expires(platform):
    link = (await as_(platform, SETUP, "POST", "/api/access/links")).body["url"]
    await platform.advance(minutes=6)

    assert (await platform.call("GET", link)).status == 401


@on_one_store
async def test_a_cookie_without_our_header_or_from_another_page_is_refused_with_the_reason(platform):
    _, cookie = await signed_in(platform, await key_for(platform, "operator"))
    body = VALID["POST", "/api/sending/pause"]

    async def pause(**headers):
        answer = await platform.call("POST", "/api/sending/pause", body, {"Cookie": cookie, **headers})
        return answer.status, answer.body.get("detail", "")

    assert await pause() == (403, "A request with a cookie must have the header X-Landfall-Console.")
    assert (await pause(**CONSOLE))[0] == 403
    assert (await pause(**CONSOLE, Origin="https://evil.example.com"))[0] == 403
    assert (await pause(**CONSOLE, Origin=platform.host.url))[0] == 200


@on_one_store
async def test_a_session_ends_with_its_key_and_after_half_a_day(platform, monkeypatch):
    monkeypatch.setattr("store.api_keys.CACHED_SECONDS", 0)
    key, other = await key_for(platform, "reader"), await key_for(platform, "reader")
    (_, cookie), (_, others) = await signed_in(platform, key), await signed_in(platform, other)

    await as_(platform, SETUP, "DELETE", f"/api/keys/{key.split('_')[1]}")
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": cookie, **CONSOLE})).status == 401

    assert (await platform.call("GET", "/api/sending", headers={"Cookie": others, **CONSOLE})).status == 200
    await platform.advance(hours=13)
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": others, **CONSOLE})).status == 401
    forged = others[:-4] + "AAAA"
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": forged, **CONSOLE})).status == 401


# modes


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


# idempotency and limits


async def test_an_idempotency_key_belongs_to_its_caller(platform):
    one, other = await key_for(platform, "sender", name="one"), await key_for(platform, "sender", name="other")
    renewed = await key_for(platform, "sender", name="one")
    heir = await key_for(platform, "sender", name="heir", inherits="other")

    async def sent_by(key):
        answer = await send(platform, key, **{"Idempotency-Key": "order-17"})
        return answer.body["messageId"]

    first, second = await sent_by(one), await sent_by(other)

    assert first != second
    assert (await sent_by(renewed), await sent_by(heir)) == (first, second)


async def test_a_request_from_before_its_caller_had_a_key_is_found_again(platform, monkeypatch):
    key = await key_for(platform, "sender")
    monkeypatch.setenv("ACCESS", "keys")
    before = await send(platform, None, **{"Idempotency-Key": "order-18"})
    monkeypatch.setenv("ACCESS", "roles")

    again = await send(platform, key, **{"Idempotency-Key": "order-18"})

    assert again.body["messageId"] == before.body["messageId"]
    other = {"customerId": "customer-123", "message": "Bye", "channels": ["sms"], "to": {"sms": SMS}}
    answer = await as_(platform, key, "POST", "/api/messages", other, **{"Idempotency-Key": "order-18"})
    assert (answer.status, answer.body["messageId"] != before.body["messageId"]) == (202, True)


@pytest.mark.skipif(is_troubled(), reason="what a worker takes of a minute and loses on its way nobody uses")
async def test_a_caller_over_its_limit_is_told_when_to_come_back(platform):
    key = await key_for(platform, "sender", name="billing", sendsPerMinute=2)
    other = await key_for(platform, "sender", name="shop")

    answers = [await send(platform, key) for _ in range(3)]

    assert [answer.status for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].body["type"] == "/api/docs/errors#tooManyRequests"
    assert (await send(platform, other)).status == 202
    lifted = {"kind": "rate", "value": "billing", "owner": "ada", "reason": "a recall", "until": IN_A_WEEK}
    assert (await as_(platform, SETUP, "POST", "/api/sending/exemptions", lifted)).status == 201
    assert (await send(platform, key)).status == 202
    await platform.advance(days=8)
    assert [(await send(platform, key)).status for _ in range(3)] == [202, 202, 429]


@pytest.mark.skipif(is_troubled(), reason="what a worker takes of a minute and loses on its way nobody uses")
async def test_a_repeated_request_counts_as_no_second_send_but_as_a_request(platform):
    key = await key_for(platform, "sender", sendsPerMinute=1, requestsPerMinute=3)

    answers = [await send(platform, key, **{"Idempotency-Key": "order-19"}) for _ in range(4)]

    assert [answer.status for answer in answers] == [202, 202, 202, 429]


async def test_a_country_that_is_not_allowed_is_refused_and_an_exemption_lets_it_through(platform, monkeypatch):
    monkeypatch.setenv("ALLOWED_COUNTRIES", "US, AT")
    await platform.restart()
    key = await key_for(platform, "sender")

    async def to(number, **more):
        body = {"customerId": "ada", "message": "Hello", "channels": ["sms"], "to": {"sms": number}, **more}
        return await as_(platform, key, "POST", "/api/messages", body)

    jamaican = "+18765550123"  # +1, too
    refused = await to(jamaican)
    assert (refused.status, refused.body["type"]) == (422, "/api/docs/errors#noUsableChannel")
    assert "Numbers of JM" in refused.body["errors"][0]["reason"]
    assert [(await to(number)).status for number in ("+14255550123", "+436641234567")] == [202, 202]

    exempted = {"kind": "country", "value": "jm", "owner": "ada", "reason": "a customer", "until": IN_A_WEEK}
    await as_(platform, SETUP, "POST", "/api/sending/exemptions", exempted)
    assert (await to(jamaican)).status == 202
    late = (await to(jamaican, sendAt=to_text(MORNING + timedelta(days=8)))).body["messageId"]
    await platform.advance(days=8, minutes=1)
    message = (await as_(platform, SETUP, "GET", f"/api/messages/{late}")).body
    assert (message["status"], message["skipped"][0]["reason"]["code"]) == ("notSent", "countryNotAllowed")
    [listed] = (await as_(platform, SETUP, "GET", "/api/sending")).body["exemptions"]
    assert (listed["value"], listed["owner"], listed["isOver"]) == ("JM", "ada", True)


# the audit


async def test_every_change_is_in_the_audit_under_the_id_of_its_request(platform):
    audited = {(method, template) for method, template, name, _ in routes() if method != "GET"}
    listed = {(method, template) for method, template, name, _ in routes() if name in IN_THE_RECORD}
    assert audited == {*VALID} | listed
    tomorrow = to_text(MORNING + timedelta(days=1))
    reachable = {"to": {"sms": "+14255550102"}, "channels": ["sms"], "sendAt": tomorrow}
    sent = await as_(platform, SETUP, "POST", "/api/messages", {"customerId": "a", "message": "x", **reachable})
    made = await key_for(platform, "reader")
    ids = {**SAMPLES, "message_id": sent.body["messageId"], "key_id": made.split("_")[1]}

    for (method, template), body in VALID.items():
        url = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], template)
        answer = await as_(platform, SETUP, method, url, body, **{"X-Forwarded-For": "1.2.3.4, 203.0.113.7:4711"})
        assert answer.status < 300, (template, answer.body)
        [entry] = [
            entry
            for entry in (await as_(platform, SETUP, "GET", "/api/audit")).body["data"]
            if entry["requestId"] == answer.headers["X-Request-Id"]
        ]
        assert (entry["actor"], entry["source"], entry["keyId"]) == ("setup", "203.0.113.7", "setup"), template
    message = (await as_(platform, SETUP, "GET", f"/api/messages/{sent.body['messageId']}")).body
    assert message["acceptedBy"] == "setup"


async def test_the_audit_is_found_by_actor_action_and_time_page_by_page(platform):
    admin = await key_for(platform, "admin", name="ada")
    for number in range(3):
        await as_(platform, admin, "POST", "/api/keys", {"name": f"key-{number}", "roles": ["reader"]})
        await platform.advance(days=1)

    async def found(**filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return (await as_(platform, SETUP, "GET", f"/api/audit?{query}")).body

    assert [each["details"]["name"] for each in (await found(actor="ada"))["data"]] == ["key-2", "key-1", "key-0"]
    page, seen = await found(actor="ada", limit=1), []
    while page["data"] or page.get("next"):
        seen += [each["details"]["name"] for each in page["data"]]
        if not page.get("next"):
            break
        page = await found(actor="ada", limit=1, after=page["next"])
    assert seen == ["key-2", "key-1", "key-0"]
    year = await found(actor="ada", **{"from": "2026-03-05", "to": "2027-03-05"})
    assert len(year["data"]) == 3  # a year is looked through by month
    empty = await found(actor="ada", after=year["next"], **{"from": "2026-03-05", "to": "2027-03-05"})
    assert (empty["data"], empty["next"] < year["next"]) == ([], True)
    second_day = {"from": "2027-03-02T00:00:00Z", "to": "2027-03-02T23:59:59Z"}
    assert [each["details"]["name"] for each in (await found(**second_day))["data"]] == ["key-1"]
    assert (await found(action="nothing"))["data"] == []


@pytest.mark.parametrize(
    ("query", "at_fault"),
    [
        ("actr=ada", "actr"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("to=2027-13-01T00:00:00Z", "to"),
        (f"actor={201 * 'x'}", "actor"),
        ("after=x", "after"),
        ("after=2027-03-01~x", "after"),
    ],
)
@on_one_store
async def test_a_question_to_the_audit_that_makes_no_sense_is_refused(platform, query, at_fault):
    answer = await as_(platform, SETUP, "GET", f"/api/audit?{query}")

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)


@on_one_store
async def test_the_audit_can_be_had_as_a_line_for_each_entry(platform):
    for _ in range(3):
        await key_for(platform, "reader")

    answer = await as_(platform, SETUP, "GET", "/api/audit?limit=2", Accept="application/x-ndjson")

    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert (len(lines), answer.headers["Content-Type"]) == (2, "application/x-ndjson")
    following = re.fullmatch('<(.*)>; rel="next"', answer.headers["Link"])
    assert following
    rest = await as_(platform, SETUP, "GET", following[1], Accept="application/x-ndjson")
    rest_lines = [json.loads(line)] if isinstance(line := rest.body, str) else [rest.body]
    assert rest_lines[0]["id"] not in {each["id"] for each in lines}


async def test_where_the_audit_cannot_be_written_nothing_is_changed(platform, monkeypatch):
    from domain.errors import StoreUnavailable

    async def away(_self, _entry):
        raise StoreUnavailable("away")

    monkeypatch.setattr("store.audit.Audit.add", away)

    answer = await as_(platform, SETUP, "POST", "/api/keys", {"name": "billing", "roles": ["sender"]})

    assert answer.status == 503
    assert (await as_(platform, SETUP, "GET", "/api/keys")).body["data"] == []


def test_the_page_names_every_action_of_the_audit():
    source = "".join(file.read_text() for file in (PAGE.parents[1] / "triggers" / "http").glob("*.py"))
    actions = set(re.findall(r'audited\("([\w.]+)"', source))

    assert actions
    assert {action for action in actions if f"`{action}`" not in PAGE.read_text()} == set()
