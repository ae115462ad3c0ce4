import json
from datetime import timedelta

import pytest

from local.event_grid.deliveries import pending
from local.event_grid.subscriptions import LANDFALL_TOPIC
from tests.local.event_grid.manual_clock import MORNING

REPORT = {
    "id": "Outgoing_1",
    "topic": "/subscriptions/1",
    "subject": "/phonenumber/14255550123",
    "data": {"messageId": "Outgoing_1"},
    "eventType": "Microsoft.Communication.SMSDeliveryReportReceived",
    "dataVersion": "1.0",
    "metadataVersion": "1",
    "eventTime": "2026-03-02T09:00:00Z",
}
CLOUD_EVENT = {
    "id": "A-1",
    "source": "/somewhere",
    "specversion": "1.0",
    "type": "Microsoft.Communication.MessageDelivered",
    "data": {"messageId": "1"},
}


async def test_an_event_arrives_alone_in_an_array_with_the_headers_of_event_grid(start, receiver, publish):
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, REPORT)
    await receiver.wait_for(1)

    assert json.loads(receiver.bodies[0]) == [REPORT]
    assert receiver.paths[-1] == "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
    headers = receiver.headers[0]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert {name: headers[name] for name in headers if name.startswith("aeg-")} == {
        "aeg-event-type": "Notification",
        "aeg-subscription-name": "COMMUNICATION-EVENTS",
        "aeg-delivery-count": "0",
        "aeg-output-event-id": "Outgoing_1",
        "aeg-metadata-version": "1",
        "aeg-data-version": "1.0",
    }


async def test_a_cloud_event_arrives_as_an_object_without_the_headers_of_the_other_schema(start, receiver, publish):
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, CLOUD_EVENT, LANDFALL_TOPIC)
    await receiver.wait_for(1)

    assert json.loads(receiver.bodies[0]) == CLOUD_EVENT
    assert receiver.headers[0]["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert "aeg-data-version" not in receiver.headers[0]


async def test_no_event_is_tried_before_the_webhook_answers_the_handshake(start, receiver, publish):
    receiver.is_awake = False
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, REPORT)
    await receiver.until(lambda: receiver.handshakes >= 4)
    assert (receiver.tries, grid.status()["validatedSubscriptions"]) == (0, [])

    receiver.is_awake = True

    assert await receiver.wait_for(1) == [REPORT]


async def test_a_failed_delivery_is_repeated_on_the_schedule_and_counts_its_attempts(start, receiver, publish, clock):
    receiver.answers.extend([500, 503, 404])
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, REPORT)
    due = MORNING
    for pause in (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=1)):
        due += pause
        await clock.until_somebody_sleeps_until(due)
        await clock.advance(seconds=pause.total_seconds())

    assert await receiver.wait_for(1) == [REPORT]
    assert receiver.tries == 4
    assert receiver.headers[0]["aeg-delivery-count"] == "3"


async def test_one_that_waits_for_its_retry_holds_up_no_other(start, receiver, publish, clock):
    receiver.answers.append(500)
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, REPORT)
    await clock.until_somebody_sleeps_until(MORNING + timedelta(seconds=10))

    await publish(grid, {**REPORT, "id": "Outgoing_2"})

    assert [event["id"] for event in await receiver.wait_for(1)] == ["Outgoing_2"]


@pytest.mark.parametrize(("status", "outcome"), [(400, "BadRequest"), (401, "Unauthorized")])
async def test_what_the_webhook_calls_bad_is_not_repeated_but_buried(
    status, outcome, start, receiver, publish, store, tmp_path
):
    receiver.answers.append(status)
    grid = start()
    grid.deliver_to(receiver.url)
    [delivery] = await publish(grid, REPORT)
    await grid.settled()

    assert pending(store.reader) == []
    [dead] = json.loads((tmp_path / "dead-letters" / f"COMMUNICATION-EVENTS-{delivery.id}.json").read_text())
    assert dead == {
        **REPORT,
        "deadLetterReason": f"UndeliverableDueToHttp{outcome}",
        "deliveryAttempts": 1,
        "lastDeliveryOutcome": outcome,
        "publishTime": "2026-03-02T09:00:00.000000Z",
        "lastDeliveryAttemptTime": "2026-03-02T09:00:00.000000Z",
    }


async def test_an_event_that_nobody_takes_for_a_day_is_buried_with_lower_case_names_if_a_cloud_event(
    start, receiver, publish, clock, tmp_path
):
    receiver.answers.extend([500] * 50)
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, CLOUD_EVENT, LANDFALL_TOPIC)
    await clock.until_somebody_sleeps_until(MORNING + timedelta(seconds=10))
    await clock.advance(hours=25)
    await grid.settled()

    [file] = (tmp_path / "dead-letters").iterdir()
    [dead] = json.loads(file.read_text())
    assert (dead["deadletterreason"], dead["deliveryattempts"]) == ("TimeToLiveExceeded", 1)
    assert receiver.tries == 1


async def test_a_restart_forgets_no_event_and_no_attempt(start, receiver, publish, clock):
    receiver.answers.append(500)
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, REPORT)
    await clock.until_somebody_sleeps_until(MORNING + timedelta(seconds=10))
    await grid.stop()

    again = start()
    again.deliver_to(receiver.url)
    await clock.advance(seconds=10)

    assert await receiver.wait_for(1) == [REPORT]
    assert receiver.headers[0]["aeg-delivery-count"] == "1"


async def test_an_event_that_arrived_is_not_delivered_again_after_a_restart(start, receiver, publish, store):
    grid = start()
    grid.deliver_to(receiver.url)
    await publish(grid, REPORT)
    await grid.settled()

    assert len(receiver.events) == 1
    assert pending(store.reader) == []


async def test_a_host_that_is_down_is_tried_again(start, receiver, publish, clock):
    grid = start()
    grid.deliver_to(receiver.url)
    await receiver.until(lambda: receiver.handshakes == 2)
    await receiver.stop()
    await publish(grid, REPORT)

    await clock.until_somebody_sleeps_until(MORNING + timedelta(seconds=10))

    assert grid.status()["pendingDeliveries"] == 1


async def test_what_the_app_says_itself_does_not_come_back_to_it(start, receiver, publish):
    grid = start()

    assert await publish(grid, {**REPORT, "eventType": "Landfall.Message.StatusChanged"}, LANDFALL_TOPIC) == []
