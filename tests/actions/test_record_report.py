"""Recording a report: over the real store, with a durable host that records the events raised."""

import asyncio
import json
from collections import Counter
from datetime import timedelta

import pytest

from actions.record_report import record_report, record_status
from channels.providers import read_report
from channels.report import Report
from domain import clock
from domain.errors import StoreUnavailable
from domain.identities import attempt_id
from domain.messages.message import Message, RouteStep
from events.topic_events import StatusTold, read_topic_event
from store.correlations import AcceptedRow, AttemptRow
from store.messages import MESSAGES
from store.unmatched_events import UNMATCHED_EVENTS, unmatched_id
from tests.actions.bench import Bench, a_bench
from tests.channels.inbound_events import CUSTOM_TOPIC, an_event
from tests.telemetry.listener import listening

FIVE_MINUTES = timedelta(minutes=5)
NUMBER = "+14255550123"
STATUS_UPDATED = "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated"
ENGAGEMENT = "Microsoft.Communication.EmailEngagementTrackingReportReceived"
SMS_REPORT = "Microsoft.Communication.SMSDeliveryReportReceived"


@pytest.fixture
async def bench(tmp_path, monkeypatch):
    async with a_bench(tmp_path) as started:
        monkeypatch.setattr("actions.turn.services", lambda: started.services)
        yield started


async def waiting(bench: Bench, *steps: RouteStep) -> Message:
    """A message whose first attempt is out, and whose workflow waits for its report."""
    message = await bench.accepted(channels=list(steps))
    await bench.services.correlations.accept(AcceptedRow(message.id, message.conversation_id, "hash"))
    await bench.send(message, steps[0].channel)
    return await bench.record(message)


async def whatsapp_reports(bench, message: Message, status: str, code: str = "") -> None:
    data = {
        "messageId": message.attempts[0].provider_message_id,
        "status": status,
        "channelType": "whatsapp",
        "to": NUMBER,
        "receivedTimestamp": clock.to_text(clock.now()),
        "error": {"channelCode": code},
    }
    event = an_event(STATUS_UPDATED, data)
    report = read_report(event.type, event.data, event.at)
    assert isinstance(report, Report)
    await record_report(bench.services, bench.client, event, report)


async def sms_reports(bench, tag: str, to: str = NUMBER) -> None:
    event = an_event(SMS_REPORT, {"tag": tag, "to": to, "deliveryStatus": "Failed", "deliveryStatusDetails": "4006"})
    report = read_report(event.type, event.data, event.at)
    assert isinstance(report, Report)
    await record_report(bench.services, bench.client, event, report)


async def told(bench, kind: str, **data: str) -> None:
    event = an_event(f"Microsoft.Communication.Message{kind}", data, origin=CUSTOM_TOPIC)
    status = read_topic_event(event)
    assert isinstance(status, StatusTold)
    await record_status(bench.services, bench.client, event, status)


async def unmatched(bench, event_type: str, status: str = "failed"):
    row_id = unmatched_id("event-1", event_type.lower(), status)
    stored = await bench.documents.read(UNMATCHED_EVENTS, row_id, row_id)
    return stored.document["reason"] if stored else None


async def test_that_it_was_sent_rings_nobody_who_waits_for_more_and_is_in_the_record(bench):
    message = await waiting(bench, RouteStep("whatsapp", FIVE_MINUTES), RouteStep("sms", FIVE_MINUTES))

    await whatsapp_reports(bench, message, "sent")

    assert bench.rung == []
    record = await bench.record(message)
    assert record.attempts[0].status == "sent"
    assert record.due_at == message.due_at  # nobody has to look sooner


@pytest.mark.parametrize(
    ("confirm", "status"),
    [("sent", "sent"), ("delivered", "delivered"), ("delivered", "failed"), ("read", "delivered"), ("read", "read")],
)
async def test_a_report_that_may_change_the_decision_rings_and_again_when_it_comes_again(bench, confirm, status):
    message = await waiting(bench, RouteStep("whatsapp", FIVE_MINUTES, confirm), RouteStep("sms", FIVE_MINUTES))

    await whatsapp_reports(bench, message, status)
    await whatsapp_reports(bench, message, status)

    assert bench.rung == [message.wake, message.wake]


async def test_a_refusal_outside_the_window_is_remembered_of_the_customer(bench):
    message = await waiting(bench, RouteStep("whatsapp", FIVE_MINUTES), RouteStep("sms", FIVE_MINUTES))

    await whatsapp_reports(bench, message, "failed", code="131047")

    customer = await bench.services.customers.read(message.customer_id)
    assert customer
    assert customer.window_is_closed("whatsapp", message.attempts[0].to, clock.now())


async def test_a_late_report_raises_what_is_shown_of_the_conversation(bench):
    message = await waiting(bench, RouteStep("whatsapp", FIVE_MINUTES, "sent"))
    await whatsapp_reports(bench, message, "sent")
    await bench.look(message, 2)

    await whatsapp_reports(bench, message, "delivered")

    [shown] = (await bench.services.conversations.of_customer(message.customer_id, 10, None)).conversations
    assert shown.last
    assert (shown.last.status, shown.outbound) == ("delivered", 1)
    raised = {"operationId": f"{message.id}-delivered", "messageId": message.id, "status": "delivered"}
    assert bench.host.signals == [{"op": "status_raised", **raised}]


async def opened(bench, message: Message, microseconds: int) -> None:
    """So long after the message was accepted, which is a moment ago."""
    data = {
        "messageId": attempt_id(message.id, 1),
        "engagementType": "view",
        "userActionTimestamp": clock.to_text(message.created_at + timedelta(microseconds=microseconds)),
    }
    event = an_event(ENGAGEMENT, data)
    report = read_report(event.type, event.data, event.at)
    assert isinstance(report, Report)
    await record_report(bench.services, bench.client, event, report)


async def test_an_email_that_a_scanner_opens_six_hundred_times_is_written_once_and_rings_once(bench):
    message = await waiting(bench, RouteStep("email", FIVE_MINUTES), RouteStep("sms", FIVE_MINUTES))
    bench.documents.operations.clear()

    for number in range(600):
        await opened(bench, message, number)

    assert Counter(bench.documents.operations) == {"read": 1200, "replace": 1}
    assert (await bench.record(message)).attempts[0].status == "read"
    assert bench.rung == [message.wake]


async def test_ninety_opens_at_the_same_moment_of_an_email_that_was_read_are_a_few_writes(bench):
    message = await waiting(bench, RouteStep("email", FIVE_MINUTES), RouteStep("sms", FIVE_MINUTES))
    await opened(bench, message, 0)
    await bench.look(message, 2)
    bench.documents.operations.clear()

    await asyncio.gather(*(opened(bench, message, number) for number in range(1, 91)))

    assert Counter(bench.documents.operations) == {"read": 180}
    assert bench.host.signals == []


async def test_an_open_that_comes_again_rings_again(bench):
    """Its first delivery may have died between the write and the ring."""
    message = await waiting(bench, RouteStep("email", FIVE_MINUTES), RouteStep("sms", FIVE_MINUTES))

    await opened(bench, message, 7)
    await opened(bench, message, 9)
    await opened(bench, message, 7)

    assert bench.rung == [message.wake, message.wake]


async def test_a_report_on_an_attempt_that_is_not_ours_is_unmatched(bench):
    await sms_reports(bench, tag="somebody else's")

    assert await unmatched(bench, SMS_REPORT) == "unknownAttempt"


async def test_what_arrived_counts_though_its_worker_still_reads_the_record_of_before(bench, monkeypatch):
    """Another system of ours tells it, and nobody would bring it again once it is unmatched."""
    message = await bench.accepted(channels=[RouteStep("whatsapp", FIVE_MINUTES)])
    await bench.services.correlations.accept(AcceptedRow(message.id, message.conversation_id, "hash"))
    documents = bench.documents._documents
    before, read = await documents.read(MESSAGES, message.conversation_id, message.id), documents.read
    await bench.send(message, "whatsapp")
    message = await bench.record(message)

    async def of_before(container, *key, newest=False):
        return before if container == MESSAGES and not newest else await read(container, *key)

    with monkeypatch.context() as stale:
        stale.setattr(documents, "read", of_before)
        await told(bench, "Delivered", messageId=message.id, channel="whatsapp")

    assert (await bench.record(message)).status == "delivered"


async def test_a_report_whose_attempt_cannot_be_read_yet_is_not_acknowledged(bench):
    message = await waiting(bench, RouteStep("sms", FIVE_MINUTES))
    begun_elsewhere = attempt_id(message.id, 2)
    row = AttemptRow(begun_elsewhere, message.conversation_id, message.id, 2, "sms")
    await bench.services.correlations.name_attempt(row)

    with pytest.raises(StoreUnavailable):
        await sms_reports(bench, begun_elsewhere)

    assert await unmatched(bench, SMS_REPORT) is None


async def test_a_report_on_another_recipient_counts_and_is_remarkable(bench, caplog):
    message = await waiting(bench, RouteStep("sms", FIVE_MINUTES))
    [effect] = await bench.effects()

    with listening() as listener:
        await sms_reports(bench, effect, to="+14255550199")

    assert await unmatched(bench, SMS_REPORT) is None
    assert (await bench.record(message)).attempts[0].status == "failed"
    assert bench.rung == [message.wake]
    assert listener.counted("landfall.reports.recipient_differs") == {("sms",): 1}
    [line] = [json.loads(each) for each in caplog.messages if "another recipient" in each]
    assert (line["messageId"], "+1425" in str(caplog.messages)) == (message.id, False)


async def test_a_report_on_another_channel_than_its_attempts_is_unmatched_and_changes_nothing(bench):
    message = await waiting(bench, RouteStep("email", FIVE_MINUTES))
    [effect] = await bench.effects()

    await sms_reports(bench, effect)

    assert await unmatched(bench, SMS_REPORT) == "doesNotFit"
    assert await bench.record(message) == message
    assert bench.rung == []


async def test_a_whatsapp_report_on_an_unknown_id_waits_and_is_not_unmatched(bench):
    message = await waiting(bench, RouteStep("sms", FIVE_MINUTES))

    await whatsapp_reports(bench, message, "failed")

    assert await unmatched(bench, STATUS_UPDATED) is None


async def test_what_other_systems_tell_counts_as_a_receipt_of_the_last_attempt_on_the_channel(bench):
    message = await waiting(bench, RouteStep("sms", FIVE_MINUTES), RouteStep("email", FIVE_MINUTES))

    await told(bench, "Failed", messageId=message.id, channel="SMS", reason="no such person")

    [attempt] = (await bench.record(message)).attempts
    assert (attempt.status, attempt.reason and attempt.reason.code) == ("failed", "providerError")
    assert bench.rung == [message.wake]


async def test_the_channel_may_be_left_out(bench):
    message = await waiting(bench, RouteStep("sms", FIVE_MINUTES))

    await told(bench, "Delivered", messageId=message.id)

    assert (await bench.record(message)).attempts[0].status == "delivered"


@pytest.mark.parametrize("message_id", ["", "nobody-knows-me", "half a pair \ud800", "a/b", "x" * 100_000])
async def test_what_they_tell_of_a_message_that_is_not_ours_is_unmatched(bench, message_id):
    await told(bench, "Delivered", messageId=message_id)

    assert await unmatched(bench, "Microsoft.Communication.MessageDelivered", "delivered") == "unknownMessage"
    assert bench.rung == []
