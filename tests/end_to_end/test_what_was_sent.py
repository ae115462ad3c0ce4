"""An answer tells how a message was sent, and no address and no text of it."""

from datetime import UTC, datetime, timedelta

from domain.clock import from_text

NUMBER, TEXT = "+14255520125", "How it was sent"
PLAN = {
    "priority": "high",
    "category": "marketing",
    "ifUnknown": "stop",
    "sendAt": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%S.000000Z}",
    "expiresAt": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%S.000000Z}",
}


def test_what_was_asked_for_is_told_by_the_message_and_by_its_conversation(platform):
    steps = [{"channel": "sms", "timeout": "PT2M", "confirm": "sent"}, "email"]
    to = {"sms": NUMBER}
    message_id = platform.post(message=TEXT, to=to, channels=steps, conversationId="conv-plan", **PLAN)
    platform.call("POST", f"/api/messages/{message_id}/cancel")
    platform.finished(message_id)

    told = platform.message(message_id)

    assert {name: told[name] for name in PLAN} == PLAN
    assert told["deadline"] == PLAN["expiresAt"]
    assert told["route"] == [
        {"channel": "sms", "timeout": "PT120S", "confirm": "sent"},
        {"channel": "email", "timeout": "PT900S", "confirm": "delivered"},
    ]
    assert told["createdAt"] <= told["cancelledAt"] <= told["finishedAt"]
    assert not {"reference", "metadata"} & told.keys()
    assert NUMBER not in str(told)
    assert TEXT not in str(told)
    assert platform.call("GET", "/api/conversations/conv-plan/messages").body["messages"] == [told]


def test_a_message_without_times_tells_when_it_is_given_up(platform):
    told = platform.message(platform.post(to={"sms": NUMBER}, channels=[{"channel": "sms", "timeout": "PT2M"}]))

    assert from_text(told["deadline"]) - from_text(told["createdAt"]) == timedelta(hours=24, minutes=2)
    assert not {"sendAt", "expiresAt", "cancelledAt"} & told.keys()
    assert (told["priority"], told["category"], told["ifUnknown"]) == ("normal", "transactional", "retry")
