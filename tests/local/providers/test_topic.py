"""The custom topic, called by the real publisher client."""

from datetime import UTC, datetime

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent
from azure.eventgrid.aio import EventGridPublisherClient

from local.environment import TOPIC_KEY
from local.event_grid.subscriptions import LANDFALL_TOPIC

DELIVERED = "Microsoft.Communication.MessageDelivered"


def an_event(event_type: str) -> EventGridEvent:
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return EventGridEvent("message/1", event_type, {"messageId": "1"}, "1.0", id="1-1", event_time=moment)


async def test_an_event_of_others_reaches_the_app_with_the_topic_it_came_by(clients, receiver):
    await clients.topic.send(an_event(DELIVERED))

    [event] = await receiver.wait_for(1)
    assert (event["eventType"], event["data"], event["topic"]) == (DELIVERED, {"messageId": "1"}, LANDFALL_TOPIC)


async def test_a_cloud_event_reaches_the_app_as_one(clients, receiver):
    await clients.topic.send([CloudEvent(source="/elsewhere", type=DELIVERED, data={"messageId": "1"})])

    [event] = await receiver.wait_for(1)
    assert (event["type"], event["specversion"], event["source"]) == (DELIVERED, "1.0", "/elsewhere")


async def test_what_the_app_says_can_be_read_and_does_not_come_back_to_it(clients, receiver):
    await clients.topic.send([an_event("Landfall.Message.StatusChanged"), an_event(DELIVERED)])

    assert [event["eventType"] for event in await receiver.wait_for(1)] == [DELIVERED]
    published = await clients.get("/local/events")
    assert [each["event"]["eventType"] for each in published] == ["Landfall.Message.StatusChanged", DELIVERED]


async def test_a_wrong_key_publishes_nothing(clients):
    url = f"{clients.url}/topics/landfall/api/events"
    async with EventGridPublisherClient(url, AzureKeyCredential("d3Jvbmc="), retry_total=0) as stranger:
        with pytest.raises(ClientAuthenticationError):
            await stranger.send(an_event(DELIVERED))

    assert await clients.get("/local/events") == []


@pytest.mark.parametrize("body", [b"no json", b"{}", b"[1]", b'[{"id": "1"}]', b'[{"specversion": "1.0", "id": "1"}]'])
async def test_what_is_no_array_of_events_is_refused_whole(body, clients):
    path = "/topics/landfall/api/events?api-version=2018-01-01"
    async with clients.http.post(path, data=body, headers={"aeg-sas-key": TOPIC_KEY}) as response:
        assert response.status == 400

    assert await clients.get("/local/events") == []
