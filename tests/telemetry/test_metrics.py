"""What is counted and measured: once for each thing that happened, whatever comes or runs again."""

from dataclasses import replace
from datetime import timedelta

import azure.durable_functions as df
import pytest

from domain.clock import to_text
from domain.messages.message import Outcome
from local.durable.api.client_binding import binding_value
from telemetry.metrics import attempt_unreported, request_charge
from tests.domain.messages.records import a_message
from tests.platform import MORNING

EMAIL = "ada@example.com"


def number(ending):
    return f"+1425555{ending}"


async def sent(platform, *channels, minutes=10, **to):
    await platform.post(to=to, channels=[*(channels or to)])
    await platform.advance(minutes=minutes)


async def test_a_delivered_message_is_accepted_begun_delivered_and_finished_once(platform, listener):
    await sent(platform, sms=number("0123"))

    assert listener.counted("landfall.messages.accepted") == {(): 1}
    assert listener.counted("landfall.attempts.begun") == {(1, "sms"): 1}
    assert listener.counted("landfall.attempts.delivered") == {("sms",): 1}
    assert listener.counted("landfall.messages.finished") == {("delivered",): 1}
    assert listener.counted("landfall.attempts.failed") == {}


async def test_a_test_message_is_not_counted_so_its_failure_raises_no_alert(platform, listener):
    made = await platform.call("POST", "/api/keys", {"name": "ci", "roles": ["sender"], "mode": "test"})
    body = {"customerId": "ada", "message": "Hello", "channels": ["sms"], "to": {"sms": number("0101")}}
    await platform.call("POST", "/api/messages", body, {"X-Api-Key": made.body["key"]})
    await platform.advance(minutes=1)

    for name in ("accepted", "finished"):
        assert listener.counted(f"landfall.messages.{name}") == {}
    assert listener.counted("landfall.attempts.failed") == {}


async def test_a_fallback_is_an_attempt_after_the_first_and_its_failure_has_a_reason(platform, listener):
    await sent(platform, sms=number("0101"), email=EMAIL)

    assert listener.counted("landfall.attempts.begun") == {(1, "sms"): 1, (2, "email"): 1}
    assert listener.counted("landfall.attempts.failed") == {("sms", "unreachable", "failed"): 1}
    assert listener.counted("landfall.messages.finished") == {("delivered",): 1}


async def test_silence_is_counted_when_times_out_at(platform, listener):
    await sent(platform, sms=number("0102"))

    assert listener.counted("landfall.attempts.failed") == {("sms", "noDeliveryReceipt", "timedOut"): 1}
    assert listener.counted("landfall.messages.finished") == {("undelivered",): 1}


async def test_reports_that_come_twice_in_any_order_count_once(platform, listener):
    await sent(platform, whatsapp=number("0107"))

    assert sum(listener.measured("landfall.event.delay").values()) > 2
    assert listener.counted("landfall.attempts.delivered") == {("whatsapp",): 1}


async def test_an_email_that_is_read_after_it_was_delivered_is_delivered_once(platform, listener):
    await sent(platform, email="read@example.com")

    assert listener.counted("landfall.attempts.delivered") == {("email",): 1}


async def test_the_latency_of_a_channel_ends_with_the_time_that_its_provider_tells(platform, listener):
    await sent(platform, sms=number("0103"))

    assert listener.counted("landfall.attempt.delivery.duration")[("sms",)] == pytest.approx(10, abs=1)
    assert listener.counted("landfall.message.duration")[("delivered",)] == pytest.approx(10, abs=1)


async def test_a_throttle_is_a_call_that_is_told_to_come_later(platform, listener):
    await sent(platform, sms=number("0105"))

    calls = listener.measured("landfall.provider.duration")
    assert calls == {("TryLater", "sms", "throttled"): 2, ("Accepted", "sms"): 1}
    assert listener.counted("landfall.attempts.begun") == {(1, "sms"): 1}


async def test_an_event_that_had_to_be_brought_again_is_late_by_that(platform, listener):
    await platform.fault(fault="delivery")
    await sent(platform, sms=number("0123"))

    assert listener.counted("landfall.event.delay") == {("Report",): pytest.approx(10, abs=1)}


async def test_an_event_that_matches_nothing_is_unmatched_once_however_often_it_comes(platform, listener):
    keep = platform.services.unmatched_events.keep
    for _ in range(2):
        await keep("event-1", "a type", "delivered", "nobody", "unknownAttempt", MORNING)

    assert listener.counted("landfall.events.unmatched") == {("unknownAttempt",): 1}


async def test_what_is_no_event_is_counted_once_however_often_it_comes(platform, listener):
    for _ in range(2):
        webhook = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
        assert (await platform.call("POST", webhook, [None])).status == 202

    assert listener.counted("landfall.events.unmatched") == {("unreadable",): 1}


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("EmailDeliveryReportReceived", {"messageId": "m", "status": "Expanded"}, "unknownStatus"),
        ("SMSDeliveryReportReceived", {"messageId": "m", "deliveryStatus": "Failed"}, "unknownAttempt"),
        ("AdvancedMessageReceived", {"messageId": "m", "channelType": "pigeon"}, "unknownChannel"),
        ("AdvancedMessageReceived", {"messageId": "m", "content": "STOP"}, "unknownSender"),
        ("MessageFailed", {"messageId": "m"}, "notBelieved"),
    ],
)
async def test_an_event_that_is_understood_and_cannot_be_recorded_is_counted(platform, listener, kind, data, reason):
    url = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
    event = {"id": "1", "eventType": f"Microsoft.Communication.{kind}", "eventTime": "2027-03-01T09:00:00Z"}

    answer = await platform.call("POST", url, [{**event, "data": data}], {"aeg-event-type": "Notification"})

    assert answer.status == 202
    assert listener.counted("landfall.events.unmatched") == {(reason,): 1}


@pytest.mark.parametrize(("code", "counted"), [("131999", {("whatsapp", "131999"): 1}), ("131050", {}), ("n/a", {})])
async def test_a_failure_with_a_code_that_is_new_to_us_is_counted_by_its_number(platform, listener, code, counted):
    url = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
    data = {"messageId": "m", "status": "failed", "channelType": "whatsapp", "error": {"channelCode": code}}
    kind = "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated"
    event = {"id": "1", "eventType": kind, "eventTime": "2027-03-01T09:00:00Z", "data": data}

    answer = await platform.call("POST", url, [event], {"aeg-event-type": "Notification"})

    assert answer.status == 202
    assert listener.counted("landfall.reports.unknown_code") == counted


async def test_a_sweep_tells_how_many_unfinished_messages_are_overdue_and_since_when(platform, listener):
    long_ago = MORNING - timedelta(hours=1)
    due = a_message(channels=["sms"], to={"sms": number("0123")}, created_at=long_ago, due_at=long_ago)
    await platform.services.messages.create(due)
    ended = replace(due, id="4b0f0f0f-7f7c-4c39-9f0d-0f0f0f0f0f0f", outcome=Outcome("expired"), finished_at=long_ago)
    await platform.services.messages.create(ended)

    await platform.advance(minutes=1, seconds=1)
    assert listener.counted("landfall.messages.overdue") == {(): 1}
    assert listener.counted("landfall.messages.overdue.age") == {(): pytest.approx(3660, abs=5)}

    listener.begin()
    await platform.advance(minutes=1)
    assert listener.measured("landfall.messages.overdue") == {(): 1}
    assert listener.counted("landfall.messages.overdue") == {(): 0}
    assert listener.counted("landfall.messages.overdue.age") == {(): 0}


async def test_a_message_that_is_planned_for_later_is_not_overdue(platform, listener):
    send_at = to_text(MORNING + timedelta(days=1))
    await platform.post(to={"sms": number("0123")}, channels=["sms"], sendAt=send_at)

    await platform.advance(days=1, minutes=5)

    assert listener.measured("landfall.messages.overdue")[()] > 60
    assert listener.counted("landfall.messages.overdue") == {(): 0}
    assert listener.counted("landfall.messages.finished") == {("delivered",): 1}


async def test_a_message_that_does_not_get_on_counts_as_stuck_at_each_look_from_the_fifth(platform, listener):
    workflows = df.DurableOrchestrationClient(binding_value(platform.host.url, "Landfall"))
    message_id = await platform.post(conversationId="conv-456", to={"sms": number("0102")}, channels=["sms"])
    await platform.settled()
    await workflows.suspend(message_id, "look into this")
    await platform.advance(hours=4)

    looks = (await platform.services.messages.read("conv-456", message_id)).message.sweeps
    assert looks > 5
    assert listener.counted("landfall.messages.stuck") == {(): looks - 4}


async def test_what_the_store_and_the_housekeeper_tell_has_its_names(listener):
    request_charge("Messages", "read", 1.5)
    attempt_unreported("sms")

    assert listener.counted("landfall.store.request_units") == {("Messages", "read"): 1.5}
    assert listener.counted("landfall.attempts.unreported") == {("sms",): 1}
