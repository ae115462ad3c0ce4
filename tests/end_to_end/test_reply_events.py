"""The events that subscribers of the custom topic get when a customer writes."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.clock import to_text
from domain.identities import digest, own_conversation
from local.environment import WHATSAPP_CHANNEL_ID
from local.event_grid.subscriptions import COMMUNICATION_TOPIC
from tests.platform import a_platform
from tests.stores import is_troubled

WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
NUMBER = "+14255550123"
NAMED = {"reference": "order-991", "metadata": {"shop": "berlin"}}
TEXT = "canary text"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def sent(platform, **fields):
    """A message that arrived by WhatsApp; its id and the provider's."""
    message_id = await platform.post(to={"whatsapp": NUMBER}, channels=["whatsapp"], **NAMED, **fields)
    await platform.advance(minutes=5)
    [attempt] = (await platform.message(message_id))["attempts"]
    return message_id, attempt["providerMessageId"]


async def replied(platform, number=NUMBER, **said):
    """A customer writes by WhatsApp."""
    now = to_text(platform.clock.now())
    event = {
        "id": str(uuid4()),
        "topic": COMMUNICATION_TOPIC,
        "subject": f"advancedMessage/sender/{number}/recipient/{WHATSAPP_CHANNEL_ID}",
        "data": {
            "channelType": "whatsapp",
            "messageType": "text",
            "content": TEXT,
            "from": number.lstrip("+"),
            "to": WHATSAPP_CHANNEL_ID,
            "messageId": str(uuid4()),
            "receivedTimestamp": now,
            **said,
        },
        "eventType": "Microsoft.Communication.AdvancedMessageReceived",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": now,
    }
    answer = await platform.call("POST", WEBHOOK, [event], {"aeg-event-type": "Notification"})
    assert answer.status == 202
    await platform.settled()


async def heard(platform, conversation_id="conv-456"):
    """Each once, though they may come twice."""
    by_id = {event["id"]: event for event in await platform.replies_published(conversation_id)}
    return [*by_id.values()]


async def test_a_reply_is_announced_by_ids_and_codes_only(platform):
    message_id, provider_id = await sent(platform, conversationId="conv-456")

    await replied(platform, context={"from": "1", "id": provider_id})

    [event] = await heard(platform)
    page = await platform.call("GET", "/api/conversations/conv-456/messages?top=1")
    [reply] = page.body["messages"]
    assert (event["eventType"], event["id"]) == ("Landfall.Conversation.ReplyReceived", reply["messageId"])
    assert event["data"] == {
        "messageId": reply["messageId"],
        "conversationId": "conv-456",
        "channel": "whatsapp",
        "kind": "text",
        "at": reply["receivedAt"],
        "customerKey": reply["customerKey"],
        "answers": message_id,
        **NAMED,
    }
    assert TEXT not in str(event)
    assert NUMBER.lstrip("+") not in str(event)


async def test_a_reply_that_answers_nothing_is_announced_without_the_names_of_any_message(platform):
    await sent(platform, conversationId="conv-456")

    await replied(platform)

    [event] = await heard(platform)
    assert not {"answers", "reference", "metadata"} & event["data"].keys()


async def test_what_a_message_is_named_by_is_not_told_with_the_reply_of_somebody_else(platform):
    """The number belongs to another customer by now, who answers what its former owner was sent."""
    _, provider_id = await sent(platform, conversationId="conv-456")
    assert (
        await platform.call("PUT", "/api/customers/next-owner", {"contactPoints": {"whatsapp": NUMBER}})
    ).status < 300

    await replied(platform, context={"from": "1", "id": provider_id})

    [event] = await heard(platform, own_conversation(digest("next-owner")))
    assert await heard(platform) == []
    assert not {"answers", "reference", "metadata"} & event["data"].keys()


async def test_a_reply_that_came_while_the_topic_was_away_is_announced_though_its_worker_is_gone(platform):
    await sent(platform, conversationId="conv-456")
    await platform.fault(channel="topic", fault="unavailable", times=10_000)
    await replied(platform)
    await platform.release()
    await platform.restart()
    assert await heard(platform) == []

    await platform.advance(minutes=2, seconds=30)

    assert len(await heard(platform)) == 1
    left = await platform.services.replies.to_tell(platform.clock.now() + timedelta(days=9), top=10)
    assert left == []


@pytest.mark.skipif(is_troubled(), reason="says what is kept where nothing has to be done again")
async def test_a_reply_that_was_announced_leaves_nothing_to_tell(platform):
    await sent(platform, conversationId="conv-456")

    await replied(platform)

    assert len(await platform.replies_published("conv-456")) == 1
    assert await platform.services.replies.to_tell(platform.clock.now() + timedelta(days=9), top=10) == []
