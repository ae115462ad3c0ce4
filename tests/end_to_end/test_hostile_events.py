"""Events that nobody should send: acknowledged or left to the dead-letter, without harm to those beside them."""

import random

from delivery.identities import attempt_id

WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
TYPES = (
    "SMSDeliveryReportReceived",
    "SMSReceived",
    "EmailDeliveryReportReceived",
    "EmailEngagementTrackingReportReceived",
    "AdvancedMessageDeliveryStatusUpdated",
    "AdvancedMessageReceived",
    "MessageReceived",
    "MessageDelivered",
    "ChatMessageReceived",
)
KEYS = ("messageId", "Tag", "deliveryStatus", "status", "to", "from", "recipient", "engagementType", "channelType",
        "content", "message", "messageType", "media", "reaction", "interactive", "button", "context", "error",
        "receivedTimestamp", "deliveryAttemptTimestamp", "conversationId", "customerId", "channel")  # fmt: skip
VALUES: tuple[object, ...] = (
          None, True, 0, -1, 1e308, "", " ", "x" * 5000, "\x00", "\ud800", "Delivered", "view", "whatsapp", "text",
          "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", [], [[]], {}, {"id": {}},
          {"channelCode": 131047}, {"type": "buttonReply"}, "../../etc", "' OR 1=1 --")  # fmt: skip


def _events(chance: random.Random, count: int):
    for number in range(count):
        data = {key: chance.choice(VALUES) for key in chance.sample(KEYS, chance.randint(0, 9))}
        data = {chance.choice((key, key.upper(), key.lower())): value for key, value in data.items()}
        kind = f"Microsoft.Communication.{chance.choice(TYPES)}"
        if chance.random() < 0.3:
            yield {"specversion": "1.0", "id": f"hostile-{number}", "type": kind, "source": "/x", "data": data}
        else:
            topic = "/providers/Microsoft.EventGrid/topics/t"
            event = {"id": f"hostile-{number}", "eventType": kind, "topic": topic, "subject": "", "dataVersion": "1.0"}
            yield {**event, "eventTime": "2026-11-22T12:00:00Z", "data": data}


def test_whatever_is_in_an_event_our_code_raises_nothing(own_platform):
    """A whole batch is answered 202 only when every event of it was."""
    for event in _events(random.Random(7), 400):
        assert own_platform.call("POST", WEBHOOK, [event]).status == 202, event

    log = own_platform.log.read_text()
    assert "Traceback" not in log
    assert "Failed" not in log


def test_an_event_that_cannot_be_read_at_all_does_not_keep_its_neighbours_from_counting(own_platform):
    message_id = own_platform.post(to={"sms": "+14255550102"}, channels=["sms"])
    own_platform.waiting(message_id)
    envelope = {"subject": "", "dataVersion": "1.0", "eventType": "Microsoft.Communication.SMSDeliveryReportReceived"}
    unreadable = {**envelope, "id": "1", "eventTime": "yesterday", "data": {}}
    report = {"Tag": attempt_id(message_id, 1), "to": "+14255550102", "deliveryStatus": "Delivered"}
    readable = {**envelope, "id": "2", "eventTime": "2026-11-22T12:00:00Z", "data": report}

    answer = own_platform.call("POST", WEBHOOK, [unreadable, readable])

    assert answer.status == 500  # the batch comes again, and ends in the dead-letter for the one's sake
    assert own_platform.finished(message_id)["status"] == "delivered"
    assert own_platform.call("POST", WEBHOOK, [unreadable, readable]).status == 500  # nothing is recorded twice
    assert own_platform.message(message_id)["attempts"][0]["status"] == "delivered"
