"""Bad input: a 4xx that names the field, and nothing left behind."""

import sqlite3

import pytest

from tests.end_to_end.processes import Platform
from tests.stores import in_sqlite_only

GOOD = {"customerId": "customer-123", "message": "Hello", "to": {"sms": "+14255550123"}, "channels": ["sms"]}


def by_sms(**step):
    return {**GOOD, "channels": [{"channel": "sms", **step}]}


def without(*fields):
    return {field: value for field, value in GOOD.items() if field not in fields}


BAD = {
    "no customer": (without("customerId"), 400, "customerId"),
    "an empty customer": ({**GOOD, "customerId": ""}, 400, "customerId"),
    "a customer id too long": ({**GOOD, "customerId": "c" * 129}, 400, "customerId"),
    "a customer who is a number": ({**GOOD, "customerId": 7}, 400, "customerId"),
    "an unknown customer without an address": ({**without("to"), "customerId": "nobody"}, 404, "customerId"),
    "no content": (without("message"), 400, "message"),
    "a blank message": ({**GOOD, "message": "  "}, 400, "message"),
    "two contents": ({**GOOD, "content": {"text": "Hello"}}, 400, "message"),
    "content that says nothing": ({**without("message"), "content": {"subject": "x"}}, 400, "content"),
    "an unknown field": ({**GOOD, "urgent": True}, 400, "urgent"),
    "an unknown field inside": ({**GOOD, "to": {"fax": "+14255550123"}}, 400, "to.fax"),
    "a bad number": ({**GOOD, "to": {"sms": "0425 555 0123"}}, 400, "to.sms"),
    "a bad WhatsApp number": ({**GOOD, "to": {"whatsapp": "+1"}}, 400, "to.whatsapp"),
    "a bad address": ({**GOOD, "to": {"email": "ada.example.com"}}, 400, "to.email"),
    "an unknown channel": ({**GOOD, "channels": ["sms", "pigeon"]}, 400, "channels[1].channel"),
    "no channels": ({**GOOD, "channels": []}, 400, "channels"),
    "a channel twice": ({**GOOD, "channels": ["sms", "sms"]}, 400, "channels"),
    "a timeout too short": (
        by_sms(timeout="PT0.5S"),
        400,
        "channels[0].timeout",
    ),
    "a timeout too long": (by_sms(timeout="PT73H"), 400, "channels[0].timeout"),
    "a timeout in seconds": (by_sms(timeout=60), 400, "channels[0].timeout"),
    "a read SMS": (by_sms(confirm="read"), 400, "channels[0].confirm"),
    "an unknown priority": ({**GOOD, "priority": "urgent"}, 400, "priority"),
    "a conversation id with a slash": ({**GOOD, "conversationId": "a/b"}, 400, "conversationId"),
    "a time that is past": ({**GOOD, "sendAt": "2020-01-01T00:00:00Z"}, 400, "sendAt"),
    "a time without an offset": ({**GOOD, "expiresAt": "2030-01-01T00:00:00"}, 400, "expiresAt"),
    "broken JSON": (b'{"customerId": "customer-123",', 400, "body"),
    "not UTF-8": (b'{"customerId": "\xff"}', 400, "body"),
    "a list": ([GOOD], 400, "body"),
    "nothing": (b"", 400, "body"),
    "deep nesting": (b"[" * 100_000, 400, "body"),
    "a text too long for SMS alone": ({**GOOD, "message": "x" * 2049}, 422, "channels[0]"),
    "a text too long for WhatsApp alone": (
        {**GOOD, "message": "x" * 4097, "channels": ["whatsapp"], "to": {"whatsapp": "+14255550123"}},
        422,
        "channels[0]",
    ),
    "HTML alone by SMS": ({**without("message"), "content": {"html": "<p>Hello</p>"}}, 422, "channels[0]"),
    "a channel without an address": ({**GOOD, "channels": ["email"]}, 422, "channels[0]"),
    "a body over 256 KB": ({**GOOD, "message": "x" * 262_144}, 413, "body"),
}


def _rows(platform):
    """How many rows the product's and the engine's databases hold."""
    counts = {}
    for name, tables in {"landfall": ["documents"], "durable": ["instances", "history", "inbox"]}.items():
        connection = sqlite3.connect(f"file:{platform.data / name}.db?mode=ro", uri=True)
        for table in tables:
            counts[table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        connection.close()
    return counts


@pytest.fixture(scope="module")
def quiet_platform(tmp_path_factory):
    platform = Platform(tmp_path_factory.mktemp("quiet"))
    platform.start()
    yield platform
    platform.stop()


@in_sqlite_only
@pytest.mark.parametrize(("body", "status", "field"), BAD.values(), ids=BAD)
def test_a_bad_message_is_refused_by_its_field_and_leaves_nothing_behind(quiet_platform, body, status, field):
    before = _rows(quiet_platform)

    answer = quiet_platform.call("POST", "/api/messages", body)

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert answer.body["status"] == status
    assert _rows(quiet_platform) == before


@in_sqlite_only
def test_each_channel_is_named_with_the_reason_when_none_can_be_used(quiet_platform):
    """And the key of the refused request stays unused."""
    before, key = _rows(quiet_platform), {"Idempotency-Key": "refused, then corrected"}
    unusable = {**GOOD, "message": "x" * 2049, "channels": ["email", "whatsapp", "sms"]}

    answer = quiet_platform.call("POST", "/api/messages", unusable, key)

    assert answer.status == 422
    assert [(error["field"], error["reason"]) for error in answer.body["errors"]] == [
        ("channels[0]", "cannot be used. The customer has no address for email."),
        ("channels[1]", "cannot be used. The customer has no address for whatsapp."),
        ("channels[2]", "cannot be used. The text is longer than the 2048 characters of sms."),
    ]
    assert _rows(quiet_platform) == before
    accepted = quiet_platform.call("POST", "/api/messages", GOOD, key)
    assert (accepted.status, "Idempotency-Replayed" in accepted.headers) == (202, False)
    quiet_platform.finished(accepted.body["messageId"])  # the platform is quiet again for those who count its rows


def test_a_customer_on_file_without_an_address_is_refused_and_accepted_once_there_is_one(quiet_platform):
    message = {"customerId": "on-file", "message": "Hello"}
    quiet_platform.call("PUT", "/api/customers/on-file", {"channels": ["sms", "email"]})
    refused = quiet_platform.call("POST", "/api/messages", message)
    assert (refused.status, len(refused.body["errors"])) == (422, 2)

    quiet_platform.call("PUT", "/api/customers/on-file", {"contactPoints": {"sms": "+14255550123"}})

    accepted = quiet_platform.call("POST", "/api/messages", message)
    assert accepted.status == 202
    quiet_platform.finished(accepted.body["messageId"])


def test_every_field_at_fault_is_named_at_once(quiet_platform):
    bad = {"customerId": "", "message": "x", "channels": ["pigeon"], "to": {"sms": "1"}}

    errors = quiet_platform.call("POST", "/api/messages", bad).body["errors"]

    assert sorted(error["field"] for error in errors) == ["channels[0].channel", "customerId", "to.sms"]


def test_what_is_not_json_is_415(quiet_platform):
    answer = quiet_platform.call("POST", "/api/messages", b"customerId=1", {"Content-Type": "text/plain"})

    assert (answer.status, answer.body["errors"][0]["field"]) == (415, "Content-Type")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"contactPoints": {"sms": "123"}}, "contactPoints.sms"),
        ({"timeZone": "Europe/Atlantis"}, "timeZone"),
        ({"locale": "english please"}, "locale"),
        ({"channels": ["sms", "sms"]}, "channels"),
        ({"name": "Ada"}, "name"),
    ],
)
def test_a_bad_customer_is_refused_by_its_field(quiet_platform, body, field):
    answer = quiet_platform.call("PUT", "/api/customers/bad", body)

    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (400, [field])
    assert quiet_platform.call("GET", "/api/customers/bad").status == 404
