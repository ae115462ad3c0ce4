"""The description of the API is right about the app: its routes, what it takes and what it answers."""

import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from local.host.app.app_loader import load_app
from tests.end_to_end.processes import ROOT
from triggers.http.openapi import description

ADA = {"sms": "+14255550123", "email": "ada@example.com", "whatsapp": "+14255550123"}

PAGES = {"/docs", "/docs/errors", "/access/link", "/preferences/{token}", "/confirmations/{token}"}
"""For a browser, and no part of the API."""


def test_it_is_an_openapi_document():
    OpenAPIV31SpecValidator(json.loads(json.dumps(description()))).validate()


def test_it_names_every_route_of_the_app_and_no_other():
    triggers = [function.trigger for function in load_app(ROOT).of_kind("httpTrigger")]
    routes = {(method.lower(), f"/{trigger['route']}") for trigger in triggers for method in trigger["methods"]}

    routes = {(method, path) for method, path in routes if path not in PAGES}
    assert routes == {(method, path) for path, methods in description()["paths"].items() for method in methods}


def test_it_says_which_routes_take_no_key():
    triggers = [function.trigger for function in load_app(ROOT).of_kind("httpTrigger")]
    open_routes = {f"/{each['route']}" for each in triggers if each.get("authLevel", "").lower() == "anonymous"}
    paths = description()["paths"].items()

    described = {path for path, methods in paths for told in methods.values() if told.get("security") == []}
    assert (
        described
        == open_routes - PAGES
        == {
            "/messages/{message_id}/workflow",
            "/openapi.json",
        }
    )


def _schema(name):
    return {"$ref": f"#/components/schemas/{name}", "components": description()["components"]}


@pytest.mark.parametrize(
    "body",
    [
        {"customerId": "c", "message": "x"},
        {"customerId": "c", "message": "x", "channels": ["sms", {"channel": "email", "timeout": "PT5M"}], "to": ADA},
        {"customerId": "c", "content": {"subject": "s", "html": "<p>"}, "sendAt": "2026-12-01T09:00:00Z"},
        {"customerId": "c", "message": "x", "reference": "order-991", "metadata": {"shop": "berlin", "till": None}},
    ],
)
def test_what_the_app_takes_is_described(body):
    Draft202012Validator(_schema("MessageBody")).validate(body)


@pytest.mark.parametrize(
    "body",
    [
        {"message": "x"},
        {"customerId": "c", "message": "x", "urgent": True},
        {"customerId": "c", "message": "x", "channels": ["pigeon"]},
        {"customerId": "c", "message": "x", "to": {"sms": "123"}},
        {"customerId": "c", "message": "x", "reference": ""},
        {"customerId": "c", "message": "x", "metadata": {"two words": "x"}},
        {"customerId": "c", "message": "x", "metadata": {"number": 5}},
    ],
)
def test_what_the_app_refuses_is_not(body):
    assert not Draft202012Validator(_schema("MessageBody")).is_valid(body)


def test_what_the_app_answers_is_what_is_described(platform):
    def check(method, url, path, body=None):
        answer = platform.call(method, f"/api{url}", body)
        operation = platform.call("GET", "/api/openapi.json").body["paths"][path][method.lower()]
        [content] = operation["responses"][str(answer.status)]["content"].items()
        assert answer.headers["Content-Type"] == content[0]
        assert answer.headers["X-Request-Id"]
        Draft202012Validator({**content[1]["schema"], "components": description()["components"]}).validate(answer.body)
        return answer.body

    check("PUT", "/customers/described", "/customers/{customer_id}", {"contactPoints": ADA, "locale": "en-GB"})
    check("GET", "/customers/described", "/customers/{customer_id}")
    check("GET", "/customers/nobody", "/customers/{customer_id}")
    check("POST", "/messages", "/messages", {"customerId": "described"})
    body = {"customerId": "described", "message": "x", "to": {"sms": "+14255550104"}, "channels": ["sms", "email"]}
    accepted = check("POST", "/messages", "/messages", body)
    message_id, status = accepted["messageId"], accepted["statusQueryGetUri"].partition("/api")[2]
    check("GET", status, "/messages/{message_id}/workflow")
    platform.finished(message_id)
    check("GET", status, "/messages/{message_id}/workflow")
    check("GET", f"/messages/{message_id}/workflow", "/messages/{message_id}/workflow")
    message = check("GET", f"/messages/{message_id}", "/messages/{message_id}")
    check("POST", f"/messages/{message_id}/cancel", "/messages/{message_id}/cancel")
    platform.call(
        "POST", f"{platform.local_url}/local/replies", {"channel": "sms", "from": "+14255550123", "text": "Hi"}
    )
    check("GET", "/customers/described/conversations", "/customers/{customer_id}/conversations")
    conversation = message["conversationId"]
    check("GET", f"/conversations/{conversation}/messages", "/conversations/{conversation_id}/messages")
    paused = {"reason": "a drill", "category": "marketing"}
    check("POST", "/sending/pause", "/sending/pause", paused)
    check("POST", "/sending/resume", "/sending/resume", {"category": "marketing"})
    check("POST", "/sending/resume", "/sending/resume", {"category": "marketing"})
    check("GET", "/sending", "/sending")
    key = check("POST", "/keys", "/keys", {"name": "described", "roles": ["sender"]})
    check("GET", "/keys", "/keys")
    check("DELETE", f"/keys/{key['id']}", "/keys/{key_id}")
    check("DELETE", "/keys/nothing", "/keys/{key_id}")
    check("POST", "/access/links", "/access/links")
    check("GET", "/audit", "/audit")
    check("GET", "/audit?actr=ada", "/audit")
    check("GET", "/health", "/health")
