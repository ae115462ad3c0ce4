"""No address, name or text is told to anybody: canaries are planted everywhere, and looked for in all that is told."""

import json
import logging

import pytest

from scripts.architecture import LAYERS

ENDINGS = ("0101", "0102", "0103", "0104", "0105", "0106", "0107", "0108", "0109", "0110", "0123")
BEHAVIOURS = (
    "failed",
    "silent",
    "late",
    "rejected",
    "throttled",
    "flaky",
    "messy",
    "early",
    "dropped",
    "read",
    "usual",
)
CUSTOMER = "canary-customer@example.com"
CONTENT = {"subject": "canary subject", "text": "canary text", "html": "<b>canary html</b>"}
WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
CANARIES = ("canary", *(f"1408555{ending}" for ending in ENDINGS))


def stray_events():
    """Reports on nothing that we know, and an event of a kind that we do not know."""
    envelope = {"id": "canary-event", "subject": "canary", "dataVersion": "1.0", "eventTime": "2027-03-01T09:00:00Z"}
    data = {"Tag": "canary-attempt", "messageId": "canary-attempt", "to": "+14085550123", "recipient": CUSTOMER}
    for kind in ("SMSDeliveryReportReceived", "EmailDeliveryReportReceived", "CanaryEvent"):
        told = {**data, "deliveryStatus": "Failed", "status": "Bounced", "deliveryStatusDetails": "canary text"}
        yield {**envelope, "eventType": f"Microsoft.Communication.{kind}", "data": told}


async def all_that_can_happen(platform):
    for ending in ENDINGS:
        for channel in ("sms", "whatsapp"):
            await platform.post(customerId=CUSTOMER, content=CONTENT, message=None, to={channel: f"+1408555{ending}"})
    for behaviour in BEHAVIOURS:
        to = {"email": f"{behaviour}+canary@example.com"}
        cancelled = await platform.post(customerId=CUSTOMER, content=CONTENT, message=None, to=to)
    await platform.call("POST", f"/api/messages/{cancelled}/cancel")
    await platform.call("POST", "/api/messages", {"customerId": CUSTOMER, "message": "canary text", "to": {"sms": "x"}})
    await platform.call("GET", f"/api/customers/{CUSTOMER}/conversations")
    for channel in ("sms", "whatsapp"):
        for sender in ("+14085550123", "+14085550199"):  # who is known, and a stranger
            await platform._control("POST", "replies", {"channel": channel, "from": sender, "text": "canary STOP"})
    for event in stray_events():
        assert (await platform.call("POST", WEBHOOK, [event])).status == 202
    await platform.fault(fault="delivery", times=3)
    await platform.advance(minutes=30)


def is_ours(logger):
    return logger.partition(".")[0] in set().union(*LAYERS)


@pytest.fixture
def lines(caplog):
    """What the app has logged."""
    caplog.set_level(logging.DEBUG)
    return lambda: [record.getMessage() for record in caplog.records if is_ours(record.name)]


async def test_no_address_name_or_text_is_in_a_span_a_metric_or_a_log_line(platform, listener, lines):
    await all_that_can_happen(platform)
    everything = "\n".join([listener.everything(), *lines()])

    assert [canary for canary in CANARIES if canary in everything.lower()] == []
    assert {"accept message", "record report", "submit whatsapp", "cancel message"} <= set(listener.names())


async def test_each_log_line_is_one_json_object_that_says_what_happened(platform, lines):
    for event in stray_events():
        await platform.call("POST", WEBHOOK, [event])

    told = [json.loads(line) for line in lines()]
    assert {"event": "event unmatched", "reason": "unknownAttempt"} in told
    assert all(line["event"] for line in told)
