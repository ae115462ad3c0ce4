"""POST /emails:send and GET /emails/operations/{id}, as in Microsoft's specification of 2025-09-01.

Event Grid reports an email under its operation id. That a repeated Operation-Id is answered again with 202, and with
400 when the body differs, is Azure's guideline for long-running operations; the service itself documents neither.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from local.providers.behaviours import behaviour_of
from local.providers.ledger import effects
from local.providers.operations import was_executed
from local.providers.reading import is_email_address, is_uuid, items, json_object, optional_text, part, text
from local.providers.refusals import Refusal, invalid
from local.providers.sending import Sending, Submission

MOST_RECIPIENTS = 50


async def send_email(sending: Sending, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Queue the email and answer with its operation."""
    submission = read_email(headers, json_object(body))
    [sent] = await sending.submit("email", [submission])
    if sent.message_ids is None:
        raise invalid("Operation-Id", "This operation id was used for another email.")
    return {"id": sent.message_ids[0], "status": "Running"}


def email_operation(sending: Sending, operation_id: str) -> dict[str, Any]:
    """The operation of an email that was sent: it has been handed over, which says nothing of its delivery, or dropped.

    Microsoft's example of a failed operation is an email that was dropped after several tries.
    """
    if not was_executed(sending.store.reader, "email", operation_id):
        raise Refusal(404, "NotFound", "There is no such operation.")
    if any(
        behaviour_of(effect.to).name == "failed" for effect in effects(sending.store.reader, attempt_id=operation_id)
    ):
        error = {"code": "EmailDropped", "message": "The email was dropped."}
        return {"id": operation_id, "status": "Failed", "error": error}
    return {"id": operation_id, "status": "Succeeded"}


def read_email(headers: Mapping[str, str], message: dict[str, Any]) -> Submission:
    """The submission in a request, for all its recipients together."""
    operation_id = headers.get("Operation-Id") or str(uuid4())
    if not is_uuid(operation_id):
        raise invalid("Operation-Id", "The operation id is not a UUID.")
    content = part(message, "content")
    recipients = _addresses(part(message, "recipients"))
    submission = Submission(
        channel="email",
        operation_id=operation_id,
        fingerprint=hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest(),
        attempt_id=operation_id,
        sender=_address(message, "senderAddress"),
        recipients=recipients,
        message_ids=(operation_id,) * len(recipients),
        content={"subject": text(content, "subject"), **_bodies(content), **_headers(message)},
    )
    if any(behaviour.is_rejected for behaviour in submission.behaviours):
        raise invalid("recipients", "A recipient was rejected.")
    return submission


def _bodies(content: dict[str, Any]) -> dict[str, str]:
    bodies = {"text": optional_text(content, "plainText"), "html": optional_text(content, "html")}
    return {name: body for name, body in bodies.items() if body is not None}


def _headers(message: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Those that the email gets beside the usual ones."""
    if not message.get("headers"):
        return {}
    headers = part(message, "headers")
    return {"headers": {name: text(headers, name) for name in headers}}


def _addresses(recipients: dict[str, Any]) -> tuple[str, ...]:
    named = items(recipients, "to", MOST_RECIPIENTS)
    for name in ("cc", "bcc"):
        if recipients.get(name):
            named = named + items(recipients, name, MOST_RECIPIENTS)
    if len(named) > MOST_RECIPIENTS:
        raise invalid("recipients", f"There are more than {MOST_RECIPIENTS} recipients.")
    return tuple(_address(each if isinstance(each, dict) else {}, "address") for each in named)


def _address(holder: dict[str, Any], name: str) -> str:
    address = text(holder, name)
    if not is_email_address(address):
        raise invalid(name, "This is not an email address.")
    return address
