"""Events that nobody should send: acknowledged, without harm to those beside them."""

import random

from domain.identities import attempt_id

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
TIMES: tuple[object, ...] = (
    "2026-11-22T12:00:00Z",
    "2026-11-26T00:23:03+02:00",
    "2026-11-22 12:00:00",
    "yesterday",
    1795348800,
    None,
    {},
)


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
            yield {**event, "eventTime": chance.choice(TIMES), "data": data}


def test_whatever_is_in_an_event_our_code_raises_nothing(own_platform):
    """A whole batch is answered 202 only when every event of it was."""
    for event in _events(random.Random(7), 400):
        assert own_platform.call("POST", WEBHOOK, [event]).status == 202, event

    log = own_platform.log.read_text()
    assert "Traceback" not in log
    assert "Failed" not in log


def test_what_is_no_event_does_no_harm_to_the_events_beside_it(own_platform):
    message_id = own_platform.post(to={"sms": "+14255550102"}, channels=["sms"])
    own_platform.waiting(message_id)
    report = {"Tag": attempt_id(message_id, 1), "to": "+14255550102", "deliveryStatus": "Delivered"}
    event = {"id": "2", "eventType": "Microsoft.Communication.SMSDeliveryReportReceived", "data": report}

    for _ in range(2):
        assert own_platform.call("POST", WEBHOOK, [None, 1, "text", event, [], {}, [[{}]]]).status == 202

    assert own_platform.finished(message_id)["status"] == "delivered"
    assert own_platform.log.read_text().count("event cannot be read") == 2 * 6
