"""Times that providers and other systems tell: what cannot be true decides neither order nor retention."""

import base64
import json
from datetime import datetime, timedelta

import pytest

from domain.clock import to_text
from domain.identities import attempt_id
from tests.platform import MORNING, a_platform

WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
SILENT = "+14255550102"
NEVER_SET = "0001-01-01T00:00:00"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def raised(platform, kind, data, event_time, **envelope):
    event = {
        "id": f"event-{kind}",
        "topic": "/providers/Microsoft.Communication/communicationServices/acs",
        "subject": "",
        "eventType": f"Microsoft.Communication.{kind}",
        "dataVersion": "1.0",
        "eventTime": event_time,
        "data": data,
        **envelope,
    }
    assert (await platform.call("POST", WEBHOOK, [event])).status == 202
    await platform.settled()


async def waiting(platform):
    """A message that was accepted a minute ago, and whose report has not come."""
    message_id = await platform.post(to={"sms": SILENT}, channels=["sms"])
    await platform.advance(minutes=1)
    return message_id


async def reported(platform, message_id, provider_time, event_time, status="Delivered"):
    report = {"tag": attempt_id(message_id, 1), "to": SILENT, "deliveryStatus": status}
    await raised(platform, "SMSDeliveryReportReceived", {**report, "receivedTimestamp": provider_time}, event_time)


async def delivered_at(platform, message_id):
    [attempt] = (await platform.message(message_id))["attempts"]
    assert attempt["status"] == "delivered"
    return datetime.fromisoformat(attempt["deliveredAt"])


async def replied(platform, provider_time, event_time, text="STOP"):
    data = {"messageId": text, "from": SILENT, "message": text, "receivedTimestamp": provider_time}
    await raised(platform, "SMSReceived", data, event_time)


async def replies(platform):
    """The texts of the conversation with Ada, the newest first, and how many of them are counted."""
    conversation = "/api/conversations/conv-ada/messages"
    listed = [each for each in (await platform.call("GET", conversation)).body["messages"] if "from" in each]
    [shown] = (await platform.call("GET", "/api/customers/customer-123/conversations")).body["conversations"]
    return [(each["content"]["text"], each["receivedAt"]) for each in listed], shown["counts"]["inbound"]


@pytest.mark.parametrize("event_time", ["2027-03-01T11:01:00+02:00", "2027-03-01 09:01:00", 1804237260])
async def test_a_report_counts_however_its_time_is_written(platform, event_time):
    message_id = await waiting(platform)

    await reported(platform, message_id, provider_time=event_time, event_time="yesterday")

    assert await delivered_at(platform, message_id) == MORNING + 60 * SECOND


@pytest.mark.parametrize("provider_time", [NEVER_SET, "2027-03-01T08:59:59Z", "2027-03-01T09:01:01Z", "soon"])
async def test_a_report_from_before_its_message_or_from_the_future_has_the_time_of_its_event(platform, provider_time):
    message_id = await waiting(platform)

    await reported(platform, message_id, provider_time, event_time="2027-03-01T09:00:59Z")

    assert await delivered_at(platform, message_id) == MORNING + 59 * SECOND


async def test_a_report_without_any_time_that_can_be_true_came_when_it_came(platform):
    message_id = await waiting(platform)

    await reported(platform, message_id, NEVER_SET, event_time="2027-02-28T23:00:00Z")

    assert await delivered_at(platform, message_id) == MORNING + 60 * SECOND


@pytest.mark.parametrize(
    ("provider_time", "event_time", "listed_at"),
    [
        (NEVER_SET, "2027-03-01T09:00:59Z", MORNING + 59 * SECOND),
        ("2027-03-01T09:01:01Z", "2027-03-01T09:00:59Z", MORNING + 59 * SECOND),
        (NEVER_SET, NEVER_SET, MORNING + 60 * SECOND),
        ("2027-02-20T09:00:00Z", NEVER_SET, MORNING - timedelta(days=9)),  # a dead letter that was delivered once more
    ],
)
async def test_a_reply_is_listed_and_not_only_counted_whatever_its_time(platform, provider_time, event_time, listed_at):
    await platform.post(to={"sms": SILENT}, channels=["sms"], conversationId="conv-ada")
    await platform.advance(minutes=1)

    await replied(platform, provider_time, event_time)

    assert await replies(platform) == ([("STOP", to_text(listed_at))], 1)


async def test_a_reply_is_kept_from_when_it_came_and_not_from_when_somebody_says_it_was_written(platform):
    await platform.post(to={"sms": SILENT}, channels=["sms"], conversationId="conv-ada")
    await platform.advance(minutes=1)
    almost_expired = to_text(platform.clock.now() - timedelta(days=90) + SECOND)

    await replied(platform, almost_expired, event_time=almost_expired)
    await platform.advance(days=1)

    assert await replies(platform) == ([("STOP", almost_expired)], 1)


async def test_a_report_whose_data_are_in_base64_counts(platform):
    message_id = await waiting(platform)
    report = {"tag": attempt_id(message_id, 1), "deliveryStatus": "Delivered"}
    encoded = base64.b64encode(json.dumps(report).encode()).decode()
    kind = "Microsoft.Communication.SMSDeliveryReportReceived"
    event = {"specversion": "1.0", "id": "1", "source": "/acs", "type": kind, "data_base64": encoded}

    assert (await platform.call("POST", WEBHOOK, event)).status == 202

    assert await delivered_at(platform, message_id) == MORNING + 60 * SECOND
