"""Customers write to us, and what they said shows in their conversation."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent
from azure.eventgrid.aio import EventGridPublisherClient

from local.environment import TOPIC_KEY, WHATSAPP_CHANNEL_ID
from local.event_grid.subscriptions import COMMUNICATION_TOPIC

Json = Any
RECEIVED = {
    "messageId": "msg-123",
    "conversationId": "conv-456",
    "customerId": "customer-789",
    "channel": "email",
    "content": "Test message content",
}


def publish(platform, *events: Json) -> None:
    """On the custom topic, as any system does that knows its key."""

    async def send() -> None:
        endpoint = f"{platform.local_url}/topics/landfall/api/events"
        async with EventGridPublisherClient(endpoint, AzureKeyCredential(TOPIC_KEY)) as client:
            await client.send(list(events))

    asyncio.run(send())


def an_event(kind: str, data: Json) -> EventGridEvent:
    return EventGridEvent("conversations/1", f"Microsoft.Communication.{kind}", data, "1.0")


def deliver(platform, event: Json) -> int:
    """As Event Grid does; the status that it gets."""
    url = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
    status: int = platform.call("POST", url, [event], {"aeg-event-type": "Notification"}).status
    return status


def whatsapp(number: str, kind: str, **said: Json) -> Json:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"
    data = {"channelType": "whatsapp", "messageType": kind, "from": number, "to": WHATSAPP_CHANNEL_ID, **said}
    return {
        "id": str(uuid4()),
        "topic": COMMUNICATION_TOPIC,
        "subject": f"advancedMessage/sender/{number}/recipient/{WHATSAPP_CHANNEL_ID}",
        "data": {"messageId": str(uuid4()), "receivedTimestamp": now, **data},
        "eventType": "Microsoft.Communication.AdvancedMessageReceived",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": now,
    }


def messages(platform, conversation_id: str, query: str = "") -> list[Json]:
    """Newest first; none in a conversation that is not there."""
    answer = platform.call("GET", f"/api/conversations/{conversation_id}/messages{query}")
    return answer.body["messages"] if answer.status == 200 else []


def inbound(platform, conversation_id: str, count: int) -> list[Json]:
    """So many replies, the newest first, as soon as they are there."""

    def replies() -> list[Json]:
        return [each for each in messages(platform, conversation_id) if each["direction"] == "inbound"]

    platform.until(lambda: len(replies()) >= count, f"{count} replies show in {conversation_id}")
    return replies()


def entity(platform, conversation_id: str) -> Json:
    url = f"/runtime/webhooks/durabletask/entities/conversation/{conversation_id}"
    platform.until(lambda: platform.call("GET", url).status == 200, "the entity shows it")
    return platform.call("GET", url).body


def replied(platform, channel: str, number: str, text: str = "Yes, please") -> str:
    """A customer writes; the provider's id of it."""
    body = {"channel": channel, "from": number, "text": text}
    return str(platform.call("POST", f"{platform.local_url}/local/replies", body).body["messageId"])


@pytest.mark.parametrize("schema", ["Event Grid", "CloudEvents"])
def test_a_message_that_another_system_received_shows_in_its_conversation(platform, schema):
    data = {**RECEIVED, "conversationId": f"conv-{uuid4()}"}
    event: Json = an_event("MessageReceived", data)
    if schema == "CloudEvents":
        event = CloudEvent("/shop/mail", "Microsoft.Communication.MessageReceived", data=data)

    publish(platform, event, event)

    [message] = inbound(platform, data["conversationId"], 1)
    assert message["content"] == {"kind": "text", "text": "Test message content"}
    assert (message["channel"], message["customerId"]) == ("email", "customer-789")
    assert message["providerMessageId"] == "msg-123"


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_reply_goes_on_in_the_conversation_that_the_customer_was_written_to_in(platform, channel):
    number, conversation_id = f"+1425561{'0123' if channel == 'sms' else '0124'}", f"conv-{channel}"
    to = {channel: number}
    sent = platform.post(customerId=f"answers-{channel}", to=to, channels=[channel], conversationId=conversation_id)
    platform.finished(sent)

    provider_id = replied(platform, channel, number)

    [reply] = inbound(platform, conversation_id, 1)
    assert reply["content"] == {"kind": "text", "text": "Yes, please"}
    assert (reply["from"], reply["customerId"]) == (number.lstrip("+"), f"answers-{channel}")
    assert reply["providerMessageId"] == provider_id
    newest, oldest = messages(platform, conversation_id)
    assert (newest, oldest["messageId"], oldest["direction"]) == (reply, sent, "outbound")
    assert oldest == {**platform.message(sent), "direction": "outbound"}


def test_the_customer_and_the_entity_know_of_the_reply(platform):
    number, customer = "+14255620123", "knows@example.com"
    platform.call("PUT", f"/api/customers/{customer}", {"contactPoints": {"sms": number}})
    platform.finished(platform.post(customerId=customer, channels=["sms"], conversationId="conv-knows"))

    replied(platform, "sms", number)

    [reply] = inbound(platform, "conv-knows", 1)
    platform.until(lambda: entity(platform, "conv-knows").get("replies"), "the entity shows the reply")
    assert entity(platform, "conv-knows")["lastReply"] == {
        "messageId": reply["messageId"],
        "channel": "sms",
        "at": reply["receivedAt"],
    }
    [conversation] = platform.call("GET", f"/api/customers/{customer}/conversations").body["conversations"]
    assert conversation.pop("updatedAt")
    assert conversation == {
        "conversationId": "conv-knows",
        "customerId": customer,
        "customerKey": reply["customerKey"],
        "channels": ["sms"],
        "last": {
            "messageId": reply["messageId"],
            "direction": "inbound",
            "status": "received",
            "channel": "sms",
            "at": reply["receivedAt"],
        },
        "counts": {"outbound": 1, "inbound": 1},
    }


def test_a_customer_on_file_is_known_before_anything_was_sent(platform):
    platform.call("PUT", "/api/customers/writes-first", {"contactPoints": {"whatsapp": "+14255630123"}})

    replied(platform, "whatsapp", "+14255630123")

    def conversations():
        return platform.call("GET", "/api/customers/writes-first/conversations").body["conversations"]

    platform.until(conversations, "the conversation is listed")
    [conversation] = conversations()
    [reply] = inbound(platform, conversation["conversationId"], 1)
    assert reply["customerId"] == "writes-first"


def test_a_stranger_is_heard_too(platform):
    assert deliver(platform, whatsapp("14255640123", "text", content="STOP")) == 202
    replied(platform, "sms", "+14255640123", "STOP, I said")

    stranger = _strangers_conversation("14255640123")
    replies = inbound(platform, stranger, 2)
    assert {reply["channel"] for reply in replies} == {"whatsapp", "sms"}
    assert all("customerId" not in reply for reply in replies)


def _strangers_conversation(number: str) -> str:
    from domain.identities import digest, strangers_conversation

    return strangers_conversation(digest(number))


def test_buttons_and_media_are_told_as_what_they_are(platform):
    number = "14255650123"
    said = [
        whatsapp(number, "button", button={"text": "Yes", "payload": "today"}, context={"from": "1", "id": "asked"}),
        whatsapp(number, "image", media={"id": "media-1", "mimeType": "image/png", "caption": "My door"}),
    ]
    for event in said:
        assert deliver(platform, event) == 202

    image, button = inbound(platform, _strangers_conversation(number), 2)
    assert button["content"] == {"kind": "button", "text": "Yes", "choice": "today"}
    assert button["inReplyTo"] == "asked"
    media = {"id": "media-1", "mimeType": "image/png", "caption": "My door"}
    assert image["content"] == {"kind": "image", "media": media}


def test_the_same_event_twice_is_one_message_wherever_the_customer_was_written_to_since(platform):
    number = "+14255660123"
    event = whatsapp(number.lstrip("+"), "text", content="Once")
    platform.finished(platform.post(to={"whatsapp": number}, channels=["whatsapp"], conversationId="conv-before"))

    assert deliver(platform, event) == 202
    platform.finished(platform.post(to={"whatsapp": number}, channels=["whatsapp"], conversationId="conv-after"))
    assert deliver(platform, event) == 202

    assert len(inbound(platform, "conv-before", 1)) == 1
    assert [each["direction"] for each in messages(platform, "conv-after")] == ["outbound"]
    platform.until(lambda: entity(platform, "conv-before").get("replies"), "the entity shows the reply")
    assert entity(platform, "conv-before")["replies"] == 1


def test_other_systems_can_tell_what_became_of_a_message(platform):
    step = {"channel": "email", "timeout": "PT60S"}
    message_id = platform.post(to={"email": "silent+told@example.com"}, channels=[step])
    platform.waiting(message_id)

    publish(platform, an_event("MessageDelivered", {"messageId": message_id, "channel": "email"}))

    assert platform.finished(message_id)["status"] == "delivered"


def test_nobody_else_can(platform):
    """The same event, from Communication Services, whose events nobody of ours writes."""
    conversation_id = f"conv-{uuid4()}"
    forged = whatsapp("14255670123", "text") | {
        "eventType": "Microsoft.Communication.MessageReceived",
        "data": {**RECEIVED, "conversationId": conversation_id},
    }

    assert deliver(platform, forged) == 202

    assert platform.call("GET", f"/api/conversations/{conversation_id}/messages").status == 404


def test_an_answer_outside_the_whatsapp_window_goes_by_another_channel(platform):
    number = "+14255680123"
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    old = whatsapp(number.lstrip("+"), "text", content="Hello", receivedTimestamp=yesterday)
    platform.call("PUT", "/api/customers/writes-seldom", {"contactPoints": {"whatsapp": number, "sms": number}})
    assert deliver(platform, old) == 202

    message = platform.finished(platform.post(customerId="writes-seldom", channels=["whatsapp", "sms"]))

    assert (message["channel"], message["skipped"][0]["reason"]["code"]) == ("sms", "outsideWindow")
    platform.call("PUT", "/api/customers/writes-seldom", {"contactPoints": {"whatsapp": number, "sms": number}})
    assert deliver(platform, whatsapp(number.lstrip("+"), "text", content="Hello again")) == 202
    assert platform.finished(platform.post(customerId="writes-seldom", channels=["whatsapp"]))["status"] == "delivered"


def test_a_conversation_is_its_customers_alone(platform):
    to = {"sms": "+14255690123"}
    platform.post(customerId="owner", to=to, channels=["sms"], conversationId="conv-owned")
    named_for_owner = platform.message(platform.post(customerId="owner", to=to, channels=["sms"]))["conversationId"]
    stranger = _strangers_conversation("14255690123")

    for conversation_id in ("conv-owned", named_for_owner, stranger):
        body = {"customerId": "other", "message": "x", "to": to, "conversationId": conversation_id}
        answer = platform.call("POST", "/api/messages", body)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "conversationId")
    assert platform.post(customerId="owner", to=to, channels=["sms"], conversationId="conv-owned")


def test_pages_go_on_where_the_last_one_ended(platform):
    number = "14255710123"
    for count in range(5):
        assert deliver(platform, whatsapp(number, "text", content=str(count))) == 202
    url = f"/api/conversations/{_strangers_conversation(number)}/messages?top=2"

    told, page = [], platform.call("GET", url).body
    while True:
        told += [each["content"]["text"] for each in page["messages"]]
        if "continuation" not in page:
            break
        page = platform.call("GET", f"{url}&continuation={page['continuation']}").body

    assert told == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("list_of", ["/api/conversations/conv-pages/messages", "/api/customers/pages/conversations"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("top=0", "top"),
        ("top=101", "top"),
        ("top=ten", "top"),
        ("top=-1", "top"),
        ("top=1.5", "top"),
        ("top=" + "9" * 5000, "top"),
        ("top=%D9%A3", "top"),
        ("continuation=bm9uc2Vuc2U%3D", "continuation"),
        ("continuation=%F0%9F%93%A6", "continuation"),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_its_field(platform, list_of, query, field):
    to = {"sms": "+14255720123"}
    platform.post(customerId="pages", to=to, channels=["sms"], conversationId="conv-pages")

    answer = platform.call("GET", f"{list_of}?{query}")

    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (400, [field])


def test_what_does_not_exist_is_not_found(platform):
    assert platform.call("GET", "/api/conversations/nowhere/messages").status == 404
    assert platform.call("GET", "/api/conversations/no%20id/messages").status == 404
    assert platform.call("GET", "/api/customers/nobody/conversations").status == 404


def test_who_has_only_written_is_not_on_file(platform):
    publish(platform, an_event("MessageReceived", {**RECEIVED, "customerId": "only-wrote", "messageId": "only-1"}))
    publish(platform, an_event("MessageReceived", {"customerId": "only-wrote", "messageId": "only-2", "content": "x"}))

    def conversations():
        return platform.call("GET", "/api/customers/only-wrote/conversations")

    platform.until(lambda: conversations().status == 200, "the conversation is listed")
    assert platform.call("GET", "/api/customers/only-wrote").status == 404
    nowhere = platform.call("POST", "/api/messages", {"customerId": "only-wrote", "message": "x"})
    assert (nowhere.status, nowhere.body["errors"][0]["field"]) == (404, "customerId")
    assert platform.call("PUT", "/api/customers/only-wrote", {}).status == 201


@pytest.mark.parametrize(
    "event",
    [
        {"eventType": "Microsoft.Communication.MessageReceived", "topic": "/providers/Microsoft.EventGrid/topics/t"},
        {"eventType": "Microsoft.Communication.SMSReceived", "data": {"from": ["x"], "message": {"a": 1}}},
        {"eventType": "Microsoft.Communication.SMSReceived", "data": {"from": "\ud800", "message": "\ud800"}},
        {"eventType": "Microsoft.Communication.AdvancedMessageReceived", "data": "text"},
        {"eventType": "Microsoft.Communication.SMSDeliveryReportReceived", "data": {"deliveryStatus": "Failed"}},
        {"eventType": 7, "id": 7, "topic": 7, "data": 7},
        {"eventType": "Landfall.Message.StatusChanged", "data": {"messageId": "x"}},
        {"specversion": "1.0", "type": "Microsoft.Communication.MessageFailed", "data": {"messageId": "\ud800"}},
        {},
    ],
    ids=str,
)
def test_an_event_that_makes_no_sense_is_acknowledged(platform, event):
    assert deliver(platform, {"id": "event-1", "eventTime": "2026-11-22T12:00:00Z", **event}) == 202
