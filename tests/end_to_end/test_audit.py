"""The audit: who changed what, when and from where."""

import json
import re
from datetime import timedelta

import pytest

from domain.clock import to_text
from scripts.access_table import PAGE, routes
from tests.end_to_end.callers import HEADERS, SAMPLES, SETUP, VALID, as_, key_for
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store
from triggers.http.audited import NOT_AUDITED


@pytest.fixture
async def platform(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        yield platform


async def test_every_change_is_in_the_audit_under_the_id_of_its_request(platform):
    audited = {(method, it) for method, it, _, roles in routes() if method != "GET" and roles != ("public",)}
    listed = {(method, template) for method, template, name, _ in routes() if name in NOT_AUDITED}
    assert audited == {*VALID} | listed
    tomorrow = to_text(MORNING + timedelta(days=1))
    reachable = {"to": {"sms": "+14255550102"}, "channels": ["sms"], "sendAt": tomorrow}
    sent = await as_(platform, SETUP, "POST", "/api/messages", {"customerId": "a", "message": "x", **reachable})
    named = {"customerId": "a", "message": "x", "reference": "order-17", **reachable}
    await as_(platform, SETUP, "POST", "/api/messages", named)
    made = await key_for(platform, "reader")
    begun = (await as_(platform, SETUP, "POST", "/api/imports", {"kind": "customers"})).body["importId"]
    ids = {**SAMPLES, "message_id": sent.body["messageId"], "key_id": made.split("_")[1], "import_id": begun}

    for (method, template), body in VALID.items():
        url = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], template)
        headers = {"X-Forwarded-For": "1.2.3.4, 203.0.113.7:4711", **HEADERS.get((method, template), {})}
        answer = await as_(platform, SETUP, method, url, body, **headers)
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
