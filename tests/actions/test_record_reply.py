"""A reply after a crash or a fault: the next delivery of the event completes it."""

import asyncio
import json
from collections import Counter

import aiohttp
import azure.durable_functions as df
import pytest
from aiohttp import web
from azure.durable_functions.models.utils import http_utils

from actions import turn
from actions.record_reply import record_received, record_reply
from actions.workflow import WorkflowUnavailable
from channels.providers import read_reply
from domain.conversations.reply import Reply
from domain.identities import digest
from events.status_events import REPLY_RECEIVED
from events.topic_events import MessageReceived, read_topic_event
from local.durable.api.client_binding import binding_value
from services import build
from store.unmatched_events import UNMATCHED_EVENTS, unmatched_id
from tests.actions.bench import Killed, a_bench
from tests.channels.inbound_events import CUSTOM_TOPIC, SMS, an_event, sms
from tests.domain.messages.records import ADA
from tests.notices import all_published

STEPS = 9
"""What a reply asks of the store."""


class EntityHost:
    """What answers the SDK's signal_entity: it remembers the signals, or refuses them."""

    def __init__(self) -> None:
        self.signals: Counter[str] = Counter()
        self.is_away = False

    async def signal(self, request: web.Request) -> web.Response:
        if self.is_away:
            return web.Response(status=503)
        operation = json.loads(await request.json())  # SDK 1.7.0 encodes it twice
        self.signals[operation["operationId"]] += 1
        return web.Response(status=202)


@pytest.fixture
async def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(turn, "NOTICES_SECONDS", 40)  # a busy machine is no reason to keep a notice
    async with a_bench(tmp_path) as started:
        yield started


@pytest.fixture
def entities():
    return EntityHost()


@pytest.fixture
async def client(entities):
    app = web.Application()
    app.add_routes([web.post("/durabletask/entities/conversation/{key}", entities.signal)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield df.DurableOrchestrationClient(binding_value(f"http://127.0.0.1:{runner.addresses[0][1]}", "Landfall"))
    await http_utils._close_session()  # the SDK keeps one for the process, bound to the event loop of this test
    http_utils._session_lock = asyncio.Lock()
    await runner.cleanup()


async def replies(bench, client, event=None):
    event = event or an_event(SMS, sms())
    reply = read_reply(event)
    assert isinstance(reply, Reply)
    await record_reply(bench.services, client, event, reply)


async def replies_and_count(bench):
    """The ids of the inbound messages of Ada's conversation, and how many its projection counts."""
    conversations = bench.services.conversations
    page = await conversations.messages(f"c-{ADA.id}", 10, None)
    [shown] = (await conversations.of_customer(ADA.id, 10, None)).conversations
    return [message.id for message in page.messages], shown.inbound


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(STEPS))
async def test_whatever_a_crash_leaves_undone_the_next_delivery_completes(bench, client, entities, step, moment):
    await bench.services.addresses.introduce(ADA)
    with bench.documents.dying(step, moment), pytest.raises(Killed):
        await replies(bench, client)
    await a_new_worker(bench)

    await replies(bench, client)

    [message_id], counted = await replies_and_count(bench)
    assert counted == 1
    customer = await bench.services.customers.read(ADA.id)
    assert customer
    assert set(customer.last_inbound_at) == {"sms"}
    assert set(entities.signals) == {message_id}
    assert message_id in await announced(bench)


async def a_new_worker(bench):
    """It knows nothing of what the one before had still to publish."""
    await bench.services.status_events.close()
    bench.services = build(bench.services.settings, bench.services.channels, bench.documents)


async def announced(bench):
    """The ids of the replies of which subscribers have heard."""
    await all_published(bench.services.status_events)
    async with aiohttp.ClientSession() as http, http.get(f"{bench.url}/local/events") as answer:
        events = [each["event"] for each in await answer.json()]
    return [event["data"]["messageId"] for event in events if event["eventType"] == REPLY_RECEIVED]


async def test_a_worker_that_dies_between_record_and_event_announces_the_reply_when_its_event_comes_again(
    bench, client
):
    """The topic is away, so nothing was published before the kill, which comes right before the notice is kept."""
    await bench.services.addresses.introduce(ADA)
    await bench.fault(channel="topic", fault="unavailable", times=1)
    with bench.documents.dying(STEPS, "before"), pytest.raises(Killed):
        await replies(bench, client)
    assert bench.documents.operations[-1] == "upsert"
    await a_new_worker(bench)
    assert await announced(bench) == []

    await replies(bench, client)

    [message_id], _ = await replies_and_count(bench)
    assert await announced(bench) == [message_id]


async def test_a_reply_asks_no_more_of_the_store_than_is_killed_above(bench, client):
    await bench.services.addresses.introduce(ADA)
    before = len(bench.documents.operations)

    await replies(bench, client)

    assert len(bench.documents.operations) - before == STEPS


async def test_an_entity_that_cannot_be_told_makes_the_event_come_again(bench, client, entities):
    await bench.services.addresses.introduce(ADA)
    entities.is_away = True
    with pytest.raises(WorkflowUnavailable):
        await replies(bench, client)
    entities.is_away = False

    await replies(bench, client)

    [message_id], counted = await replies_and_count(bench)
    assert (counted, entities.signals) == (1, {message_id: 1})


async def test_the_same_reply_many_times_at_once_is_one_message(bench, client):
    await bench.services.addresses.introduce(ADA)

    await asyncio.gather(*(replies(bench, client) for _ in range(10)))

    message_ids, counted = await replies_and_count(bench)
    assert (len(message_ids), counted) == (1, 1)


async def test_a_reply_that_is_brought_again_after_a_hundred_others_is_counted_once(bench, client):
    await bench.services.addresses.introduce(ADA)
    events = [an_event(SMS, sms(messageId=f"Incoming_{number}")) for number in range(102)]
    for event in events:
        await replies(bench, client, event)

    for event in events[:3]:
        await replies(bench, client, event)

    assert (await replies_and_count(bench))[1] == 102


RECEIVED = "Microsoft.Communication.MessageReceived"


async def received(bench, client, **data):
    event = an_event(RECEIVED, {"messageId": "msg-123", "content": "Hello", **data}, origin=CUSTOM_TOPIC)
    told = read_topic_event(event)
    assert isinstance(told, MessageReceived)
    await record_received(bench.services, client, event, told)


async def unmatched(bench):
    row_id = unmatched_id("event-1", RECEIVED.lower(), "received")
    stored = await bench.documents.read(UNMATCHED_EVENTS, row_id, row_id)
    return stored.document["reason"] if stored else None


async def conversation_of(bench, conversation_id):
    return (await bench.services.conversations.messages(conversation_id, 10, None)).messages


async def test_a_message_told_without_a_conversation_goes_into_the_customers_own(bench, client):
    await received(bench, client, customerId="grace", conversationId="no such id/")

    [message] = await conversation_of(bench, f"c-{digest('grace')}")
    assert message.external_customer_id == "grace"


async def test_a_conversation_that_is_somebodys_stays_his_whoever_is_named(bench, client):
    await received(bench, client, customerId="grace", conversationId="conv-456")
    await received(bench, client, customerId="mallory", conversationId="conv-456", messageId="msg-124")
    await received(bench, client, conversationId="conv-456", messageId="msg-125")

    messages = await conversation_of(bench, "conv-456")
    assert [message.external_customer_id for message in messages] == ["grace"] * 3
    assert await unmatched(bench) is None


@pytest.mark.parametrize("customer_id", ["", "x" * 129, "a\nb"])
async def test_a_message_told_of_nobody_and_nowhere_is_unmatched(bench, client, customer_id):
    await received(bench, client, customerId=customer_id, conversationId="conv-new")

    assert await unmatched(bench) == "unknownConversation"
    assert await conversation_of(bench, "conv-new") == []
