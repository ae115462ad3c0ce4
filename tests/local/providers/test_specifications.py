"""The real SDKs' requests, our answers and our events, held against Microsoft's own files.

The files are not part of this repository: `LANDFALL_ACS_SPECS` names a folder with `openapi/` (sms-2021-03-07.json,
email-2025-09-01.json, messages-2024-08-30.json, common-types-v1.json) and `events/` (one sample per event type).
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.communication.messages.models import (
    MessageTemplate,
    MessageTemplateText,
    TemplateNotificationContent,
    WhatsAppMessageTemplateBindings,
    WhatsAppMessageTemplateBindingsComponent,
)
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

from local.environment import WHATSAPP_CHANNEL_ID
from tests.local.event_grid.receiver import Event
from tests.local.providers.specifications import Specification, shape

FOLDER = os.environ.get("LANDFALL_ACS_SPECS")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="LANDFALL_ACS_SPECS names no folder with the specifications")
SPECIFICATIONS = Path(FOLDER or ".")


class Exchange:
    """What one call of an SDK sent and got, seen by its `raw_response_hook`."""

    request: Any = None
    answer: Any = None

    def __call__(self, response: Any) -> None:
        self.request = json.loads(response.http_request.body)
        self.answer = json.loads(response.http_response.text())
        self.headers = response.http_response.headers


def faults(file: str, value: Any, definition: str) -> list[str]:
    return Specification.read(SPECIFICATIONS, file).faults(value, definition)


async def test_sms_travels_as_specified(clients):
    exchange = Exchange()
    numbers = ["+14255550123", "+14255550104", "+4"]
    await clients.sms.send(
        "+18335550100", numbers, "Hello", enable_delivery_report=True, tag="t", raw_response_hook=exchange
    )

    assert faults("sms-2021-03-07.json", exchange.request, "SendMessageRequest") == []
    assert faults("sms-2021-03-07.json", exchange.answer, "SmsSendResponse") == []
    assert [item["httpStatusCode"] for item in exchange.answer["value"]] == [202, 400, 400]


async def test_email_travels_as_specified(clients):
    requests: list[Any] = []
    message = {
        "senderAddress": "landfall@example.com",
        "recipients": {"to": [{"address": "ada@example.com", "displayName": "Ada"}]},
        "content": {"subject": "A parcel", "plainText": "Hello", "html": "<p>Hello</p>"},
    }
    operation_id = str(uuid4())
    poller = await clients.email.begin_send(
        message, operation_id=operation_id, raw_request_hook=lambda request: requests.append(request.http_request.body)
    )
    result = await poller.result()  # of the Operation-Location that came with the answer

    assert faults("email-2025-09-01.json", json.loads(requests[0]), "EmailMessage") == []
    assert faults("email-2025-09-01.json", result, "EmailSendResult") == []
    assert (result["id"], result["status"]) == (operation_id, "Succeeded")


async def test_the_answer_to_an_email_travels_as_specified(clients):
    message = {
        "senderAddress": "landfall@example.com",
        "recipients": {"to": [{"address": "ada@example.com"}]},
        "content": {"subject": "A parcel"},
    }
    response = await clients.email.send_request(
        HttpRequest("POST", "/emails:send?api-version=2025-09-01", json=message, headers={"Operation-Id": str(uuid4())})
    )

    answer = response.json()
    assert faults("email-2025-09-01.json", answer, "EmailSendResult") == []
    assert response.headers["Operation-Location"].endswith(f"/emails/operations/{answer['id']}?api-version=2025-09-01")
    assert int(response.headers["retry-after"]) > 0


async def test_whatsapp_text_travels_as_specified(clients):
    exchange = Exchange()
    body = {"channelRegistrationId": WHATSAPP_CHANNEL_ID, "to": ["+14255550123"], "kind": "text", "content": "Hello"}
    await clients.whatsapp.send(body, raw_response_hook=exchange)

    assert faults("messages-2024-08-30.json", exchange.request, "TextNotificationContent") == []
    assert faults("messages-2024-08-30.json", exchange.answer, "SendMessageResult") == []
    assert exchange.headers["Repeatability-Result"] == "accepted"


async def test_a_whatsapp_template_travels_as_specified(clients):
    exchange = Exchange()
    component = WhatsAppMessageTemplateBindingsComponent(ref_value="name")
    template = MessageTemplate(
        name="parcel",
        language="en",
        template_values=[MessageTemplateText(name="name", text="Ada")],
        bindings=WhatsAppMessageTemplateBindings(body=[component]),
    )
    content = TemplateNotificationContent(
        channel_registration_id=WHATSAPP_CHANNEL_ID, to=["+14255550123"], template=template
    )
    await clients.whatsapp.send(content, raw_response_hook=exchange)

    assert faults("messages-2024-08-30.json", exchange.request, "TemplateNotificationContent") == []
    [row] = await clients.ledger()
    assert row["content"] == {"template": exchange.request["template"]}


@pytest.mark.parametrize(
    ("channel", "file", "definition", "to"),
    [
        ("email", "common-types-v1.json", "ErrorResponse", "rejected@example.com"),
        ("whatsapp", "messages-2024-08-30.json", "Azure.Core.Foundations.ErrorResponse", "+14255550104"),
    ],
)
async def test_an_error_travels_as_specified(channel, file, definition, to, clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.send(channel, to, str(uuid4()))

    response: Any = refused.value.response
    answer = json.loads(response.text())
    assert faults(file, answer, definition) == []
    assert response.headers["x-ms-error-code"] == answer["error"]["code"]


def without(*names: str) -> Callable[[Event], Event]:
    """The event without these fields of its data."""
    return lambda event: {**event, "data": {name: v for name, v in event["data"].items() if name not in names}}


@pytest.mark.parametrize(
    ("sample", "channel", "to", "count"),
    [
        ("SMSDeliveryReportReceived", "sms", "+14255550123", 1),
        ("EmailDeliveryReportReceived", "email", "ada@example.com", 1),
        ("EmailEngagementTrackingReportReceived", "email", "read@example.com", 3),
        ("AdvancedMessageDeliveryStatusUpdated.sent", "whatsapp", "+14255550123", 2),
        ("AdvancedMessageDeliveryStatusUpdated.failed", "whatsapp", "+14255550101", 1),
    ],
)
async def test_a_report_has_the_shape_of_the_sample(sample, channel, to, count, clients, receiver):
    await clients.send(channel, to, str(uuid4()))

    event_type = f"Microsoft.Communication.{sample.partition('.')[0]}"
    events = [event for event in await receiver.wait_for(count) if event["eventType"] == event_type]
    assert events
    assert all(shape(event) == shape(read_sample(sample)) for event in events)


async def test_replies_have_the_shape_of_the_samples(clients, receiver):
    for channel in ("sms", "whatsapp"):
        await clients.post("/local/replies", {"channel": channel, "from": "+14255550123", "text": "Yes"})
    by_type = {event["eventType"].split(".")[-1]: event for event in await receiver.wait_for(2)}

    assert shape(by_type["SMSReceived"]) == shape(read_sample("SMSReceived"))
    whatsapp = without("messageId")(by_type["AdvancedMessageReceived"])  # documented, though not in the sample
    assert shape(whatsapp) == shape(read_sample("AdvancedMessageReceived.text"))


def read_sample(name: str) -> Event:
    [event] = json.loads((SPECIFICATIONS / "events" / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(event, dict)
    return event
