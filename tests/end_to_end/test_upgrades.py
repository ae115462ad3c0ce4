"""Workflows that an older version has begun, and this one goes on with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identities import digest
from domain.messages.message import Content, Message, RouteStep
from domain.traits import TRAITS
from tests.platform import a_platform

BASE = "/runtime/webhooks/durabletask"
MESSAGE_ID, NUMBER = "8a9d8b3c-7f7c-4c39-9f0d-0f0f0f0f0f0f", "+14255550123"
SEND_OF_0_1_0 = {
    "kind": "send",
    "activity": "send_sms",
    "input": {"attempt": 1},
    "progress": {"status": "sending", "channel": "sms", "attempt": 1, "until": None},
}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


def accepted(at) -> Message:
    return Message(
        id=MESSAGE_ID,
        conversation_id="conv-1",
        customer_id=digest("customer-123"),
        external_customer_id="customer-123",
        created_at=at,
        due_at=at,
        content=Content(text="Your parcel is here"),
        route=(RouteStep("sms", TRAITS["sms"].default_timeout),),
        to={"sms": NUMBER},
    )


@pytest.mark.parametrize("is_decided", [False, True])
async def test_a_message_arrives_once_whose_send_an_older_version_had_ordered_by_another_name(platform, is_decided):
    """0.1.0 had an activity for each channel: `send_sms` was ordered, with the start or as a turn, and had not run."""
    message = accepted(platform.clock.now())
    if is_decided:
        message = replace(message, turn="20260101T000000000000-0001", step=SEND_OF_0_1_0)
    await platform.services.messages.create(message)
    started = {"messageId": MESSAGE_ID, "conversationId": "conv-1", "firstStep": SEND_OF_0_1_0}

    answer = await platform.call("POST", f"{BASE}/orchestrators/deliver_message/{MESSAGE_ID}", started)
    await platform.advance(minutes=20)

    record = await platform.services.messages.read("conv-1", MESSAGE_ID)
    assert answer.status == 202
    assert record.message.status == "delivered"
    assert len(await platform.ledger()) == 1
    assert record.message.attempts[0].first_sent_at - message.created_at < timedelta(minutes=3)
