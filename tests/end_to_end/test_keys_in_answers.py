"""No answer and no event tells a key of the app, or a URL of Durable Functions, each of which carries one.

Whoever calls the API, and whoever hears its events, gets what is theirs: one key among these opens all workflows.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.processes import Answer
from tests.end_to_end.test_auth import MESSAGE, GuardedPlatform
from triggers.http.described.every_operation import OPERATIONS

IN_A_YEAR = (datetime.now(UTC) + timedelta(days=365)).isoformat()
IN_A_WEEK = (datetime.now(UTC) + timedelta(days=7)).isoformat()
SILENT = {**MESSAGE, "to": {"sms": "+14255550102"}}
SOMEBODY = {"channel": "sms", "address": "+14255550199"}
GREETING = {"defaultLocale": "en", "locales": {"en": {"text": "Hello"}}}
PUT_ON_FILE = {"contactPoints": MESSAGE["to"]}


@pytest.fixture
def guarded(tmp_path, monkeypatch) -> Iterator[GuardedPlatform]:
    monkeypatch.setenv("MANAGEMENT_URLS", "status")
    platform = GuardedPlatform(tmp_path)
    platform.start()
    yield platform
    platform.stop()


def requests(waits: Any, delivered: Any, planned: str, keys: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    """By operation, good ones and bad ones: what follows the fixed part of its path, the body, the headers."""
    sent: list[tuple[Any, ...]] = [
        ("", SILENT),
        ("", MESSAGE, {"Idempotency-Key": "again"}),
        ("", MESSAGE, {"Idempotency-Key": "again"}),
        ("", SILENT, {"Idempotency-Key": "again"}),
        ("", {**MESSAGE, "channels": ["fax"]}),
        ("", b"{"),
        ("", MESSAGE, {"Content-Type": "text/plain"}),
        ("", {**MESSAGE, "message": "x" * 300_000}),
        ("", {"customerId": "nobody", "message": "Hello"}),
    ]
    api_key, to_be_revoked = keys
    key_id = to_be_revoked.split("_")[1]
    token = waits["statusQueryGetUri"].partition("?")[2]
    conversation = delivered["conversationId"]
    return {
        "post_message": sent,
        "MessageRouter": sent,
        "get_message": [(f"/{waits['id']}",), ("/nothing",)],
        "get_workflow": [
            (f"/{waits['id']}/workflow?{token}",),
            (f"/{waits['id']}/workflow?{token}&showHistory=true&showHistoryOutput=true",),
            (f"/{delivered['messageId']}/workflow?{token}",),
            (f"/{waits['id']}/workflow",),
        ],
        "patch_message": [(f"/{planned}", {"sendAt": IN_A_WEEK}), (f"/{planned}", {})],
        "cancel_message": [
            (f"/{delivered['messageId']}/cancel",),
            (f"/{waits['id']}/cancel",),
            ("/nothing/cancel",),
        ],
        "cancel_messages": [("", {"reference": "order-17"}), ("", {})],
        **about_people(conversation),
        **of_operators(api_key, key_id),
    }


def about_people(conversation: str) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "put_customer": [("/ada", PUT_ON_FILE), ("/ada", {"contactPoints": {"sms": "1"}})],
        "patch_customer": [("/ada", {"locale": "fr"}), ("/ada", {"locale": "not a locale"})],
        "get_customer": [("/ada",), ("/nobody",)],
        "get_customers": [("",), ("?limit=0",)],
        "put_template": [("/greeting", GREETING), ("/greeting", {})],
        "get_template": [("/greeting",), ("/nothing",)],
        "get_templates": [("",), ("?limit=0",)],
        "preview_template": [("/greeting/preview", {}), ("/nothing/preview", {})],
        "get_export": [("/ada/export",), ("/nobody/export",)],
        "find_customers": [("", SOMEBODY), ("", {})],
        "delete_customer": [("/forgotten",), ("/ck_1_00",)],
        "get_erasures": [("",), ("?limit=0",)],
        "post_import": [("", {"kind": "customers"}), ("", {})],
        "get_imports": [("",), ("?limit=0",)],
        "put_consent": [
            ("/ada/consents/sms/news", {"state": "granted", "evidence": {"source": "web form"}}),
            ("/ada/consents/sms/news", {}),
        ],
        "get_consents": [("/ada/consents",), ("/nobody/consents",)],
        "get_conversations": [
            ("/customer-123/conversations",),
            ("/customer-123/conversations?top=0",),
            ("/customer-123/conversations?continuation=x",),
        ],
        "get_conversation_messages": [(f"/{conversation}/messages",), ("/nothing/messages?top=x",)],
    }


def of_operators(api_key: str, key_id: str) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "get_sending": [("",)],
        "pause_sending": [("", {"reason": "a drill", "category": "marketing"}), ("", {})],
        "resume_sending": [("", {"category": "marketing"}), ("", {"category": "marketing"})],
        "post_exemption": [
            ("", {"kind": "rate", "value": "a", "owner": "a", "reason": "a", "until": IN_A_YEAR}),
            ("", {}),
        ],
        "get_suppressions": [("",), ("?limit=0",)],
        "post_suppression": [("", SOMEBODY), ("", {})],
        "find_suppressions": [("", SOMEBODY), ("", {})],
        "lift_suppression": [
            ("", {**SOMEBODY, "reason": "manual", "note": "a mistake"}),
            ("", {**SOMEBODY, "reason": "complaint", "note": "a mistake"}),
        ],
        "post_key": [("", {"name": "billing", "roles": ["sender"]}), ("", {})],
        "get_keys": [("",), ("?limit=0",)],
        "delete_key": [(f"/{key_id}",), ("/nothing",)],
        "post_link": [("", None, {"X-Api-Key": api_key}), ("",)],
        "get_audit": [("",), ("?limit=0",)],
        "health": [("",)],
        "get_openapi": [("",)],
    }


def test_no_answer_and_no_event_tells_a_key_or_a_url_that_carries_one(guarded):
    waits = guarded.call("POST", "/api/messages", SILENT).body
    instance = f"/runtime/webhooks/durabletask/instances/{waits['id']}?code={guarded.keys.durable}"
    durables = guarded.call("GET", instance, headers={"x-functions-key": ""})
    delivered = guarded.call("POST", "/api/messages", MESSAGE).body
    guarded.until(lambda: guarded.message(delivered["messageId"])["status"] == "delivered", "a message is delivered")
    made = {"name": "billing", "roles": ["reader"]}
    keys = [guarded.call("POST", "/api/keys", made).body["key"] for _ in range(2)]
    secrets = {**secrets_of(guarded), "API key": keys[0].split("_", 2)[2]}

    later = {**MESSAGE, "sendAt": IN_A_WEEK, "reference": "order-17"}
    planned = guarded.call("POST", "/api/messages", later).body["messageId"]
    erasure = guarded.call("DELETE", "/api/customers/erased").body["erasureId"]
    begun = guarded.call("POST", "/api/imports", {"kind": "customers"}).body["importId"]
    asked = requests(waits, guarded.message(delivered["messageId"]), planned, keys)
    asked |= {
        "get_erasure": [(f"/{erasure}",), ("/nothing",)],
        "get_import": [(f"/{begun}",), ("/nothing",)],
        "put_import_page": [
            (f"/{begun}/pages/1", b"customerId\nada\n", {"Content-Type": "text/csv"}), ("/nothing/pages/1", b"")
        ],
        "get_import_page": [(f"/{begun}/pages/1",), ("/nothing/pages/1",)],
    }  # fmt: skip
    answers = list(everything_answered(guarded, asked))
    events = guarded.call("GET", f"{guarded.local_url}/local/events")

    kinds = {(operation.id, kind) for operation in OPERATIONS for kind in (2, 4)}
    assert kinds - {("get_openapi", 4)} == {(operation, answer.status // 100) for operation, answer in answers}
    assert [(operation, name) for operation, answer in answers for name in told_in(answer, secrets)] == []
    assert len(events.body) > 3
    assert told_in(events, secrets) == []
    assert told_in(durables, secrets) == ["durable", "a URL of Durable Functions"]  # the search finds what is there


def secrets_of(guarded: GuardedPlatform) -> dict[str, str]:
    signing_keys = (guarded.data / "signing-keys").read_text()
    return {
        **vars(guarded.keys),
        "signing key": signing_keys.partition(":")[2],
        "a URL of Durable Functions": "/runtime/webhooks/durabletask",
    }


def everything_answered(
    guarded: GuardedPlatform, asked: dict[str, list[tuple[Any, ...]]]
) -> Iterator[tuple[str, Answer]]:
    """Every request with the app's key, and once more without any key."""
    for operation in OPERATIONS:
        for path, *body_and_headers in asked[operation.id]:
            url = f"/api{operation.path.partition('/{')[0]}{path}"
            body, headers = [*body_and_headers, None, None][:2]
            for key in ({}, {"x-functions-key": ""}):
                yield operation.id, guarded.call(operation.method.upper(), url, body, {**(headers or {}), **key})


def told_in(answer: Answer, secrets: dict[str, str]) -> list[str]:
    said = f"{answer.headers.items()} {answer.body}"
    return [name for name, secret in secrets.items() if secret in said]
