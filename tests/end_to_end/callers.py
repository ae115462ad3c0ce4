"""Callers with keys of their own, for the tests of who may call what."""

import re
from datetime import timedelta

from domain.clock import to_text
from tests.platform import MORNING

SECRET = "0123456789abcdef0123456789abcdef"
SETUP = f"lf_setup_{SECRET}"
SMS = "+14255550123"
IN_A_WEEK = to_text(MORNING + timedelta(days=7))
SAMPLES = {
    "message_id": "m-1",
    "customer_id": "customer-123",
    "conversation_id": "c-1",
    "key_id": "k1",
    "channel": "sms",
    "topic": "news",
    "token": "t",
    "erasure_id": "e1",
    "import_id": "i1",
    "number": "1",
    "name": "greeting",
}

VALID = {
    ("PUT", "/api/customers/{customer_id}"): {"contactPoints": {"sms": SMS}},
    ("PATCH", "/api/customers/{customer_id}"): {"locale": "fr"},
    ("PUT", "/api/templates/{name}"): {"defaultLocale": "en", "locales": {"en": {"text": "Hello"}}},
    ("POST", "/api/imports"): {"kind": "customers"},
    ("PUT", "/api/imports/{import_id}/pages/{number}"): {"customerId": "customer-456"},
    ("PATCH", "/api/messages/{message_id}"): {"sendAt": IN_A_WEEK},
    ("POST", "/api/messages/{message_id}/cancel"): None,
    ("POST", "/api/messages/cancel"): {"reference": "order-17"},
    ("POST", "/api/sending/pause"): {"reason": "a drill", "category": "marketing"},
    ("POST", "/api/sending/resume"): {"category": "marketing"},
    ("POST", "/api/sending/exemptions"): {
        "kind": "country", "value": "at", "owner": "ada", "reason": "a trip", "until": IN_A_WEEK
    },
    ("POST", "/api/keys"): {"name": "billing", "roles": ["sender"]},
    ("PUT", "/api/customers/{customer_id}/consents/{channel}/{topic}"): {
        "state": "granted", "evidence": {"source": "web form"}
    },
    ("POST", "/api/suppressions"): {"channel": "sms", "address": SMS},
    ("POST", "/api/suppressions/lift"): {"channel": "sms", "address": SMS, "reason": "manual", "note": "a mistake"},
    ("POST", "/api/access/links"): None,
    ("DELETE", "/api/keys/{key_id}"): None,
    ("DELETE", "/api/customers/{customer_id}"): None,
}  # fmt: skip
"""Every route that changes something and leaves an entry in the audit, with a body that it takes."""


HEADERS = {("PUT", "/api/imports/{import_id}/pages/{number}"): {"Content-Type": "application/x-ndjson"}}
"""What such a request needs besides."""


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
