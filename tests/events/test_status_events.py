"""The queue of notices: it holds nobody up, forgets nothing that it should keep, and spares a topic that is away."""

import asyncio
from dataclasses import replace
from itertools import accumulate

import pytest
from aiohttp import web
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.eventgrid.aio import EventGridPublisherClient

from domain.messages.message import Message, Notice
from events import status_events as module
from events.status_events import StatusEvents, longer
from services import BRIEFLY
from tests.domain.messages.records import NOON, a_message


class Topic:
    """Takes what the SDK sends, unless it is away, or hangs until it is released."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.sizes: list[int] = []
        self.refused = 0
        self.is_away = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def receive(self, request: web.Request) -> web.Response:
        await self.answers.wait()
        if self.is_away:
            self.refused += 1
            return web.Response(status=503)
        self.sizes.append(len(await request.read()))
        self.batches.append([event["id"] for event in await request.json()])
        return web.Response()

    @property
    def taken(self) -> list[str]:
        return [event_id for batch in self.batches for event_id in batch]


@pytest.fixture
async def topic():
    return Topic()


@pytest.fixture
async def events(topic, monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    app = web.Application(client_max_size=0)
    app.add_routes([web.post("/api/events", topic.receive)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/events"
    events = StatusEvents(EventGridPublisherClient(url, AzureKeyCredential("key"), **BRIEFLY), lambda _: "ck_1_0")
    yield events
    topic.answers.set()
    await events.close()
    await runner.cleanup()


def a_notice(number: int = 1, message: str = "m") -> Message:
    return replace(a_message(id=message), outbox=(Notice(number, "sent", NOON),))


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # the queue tells nobody
            await asyncio.sleep(0.001)


async def test_what_comes_while_a_batch_is_under_way_leaves_together(topic, events):
    topic.answers.clear()
    assert not await events.told(a_notice(1), within_seconds=0.01)
    for number in range(2, 1202):
        events.tell(a_notice(number))
    topic.answers.set()

    await until(lambda: len(topic.taken) == 1201)

    assert [len(batch) for batch in topic.batches] == [1, 500, 500, 200]
    assert topic.taken == [f"m-{number}" for number in range(1, 1202)]


async def test_a_batch_of_the_longest_metadata_is_no_larger_than_event_grid_takes(topic, events):
    metadata = {f"{number:040}": "\N{PACKAGE}" * 256 for number in range(10)}
    for number in range(100):
        events.tell(replace(a_notice(number), reference="\N{PACKAGE}" * 128, metadata=metadata))

    await until(lambda: len(topic.taken) == 100)

    assert max(topic.sizes) < 1_000_000
    assert len(topic.batches) < 10


async def test_a_notice_is_published_once_however_often_it_is_told(topic, events):
    for _ in range(3):
        events.tell(a_notice())
    assert await events.told(a_notice(), within_seconds=5)
    assert await events.told(a_notice(), within_seconds=5)

    assert topic.taken == ["m-1"]


async def test_a_finishing_write_waits_no_longer_than_it_said_for_a_topic_that_hangs(topic, events):
    topic.answers.clear()

    assert not await events.told(a_notice(), within_seconds=0.05)

    topic.answers.set()
    await until(lambda: topic.taken == ["m-1"])


async def test_a_topic_that_never_ends_its_answer_is_away_until_it_does(topic, events, monkeypatch):
    """The SDK's client bounds silence alone, and a topic that trickles is never silent for long."""
    topic.answers.clear()
    with monkeypatch.context() as hasty:
        hasty.setattr(module, "LONGEST_CALL_SECONDS", 0.05)
        events.tell(a_notice())
        async with asyncio.timeout(BRIEFLY["read_timeout"] / 2):
            await until(lambda: events.is_away)

    topic.answers.set()
    await until(lambda: "m-1" in topic.taken and not events.is_away)


async def test_nobody_waits_for_a_topic_that_is_away(topic, events, monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 60)
    topic.is_away = True
    events.tell(a_notice(1))
    await until(lambda: events.is_away)

    async with asyncio.timeout(1):
        assert not await events.told(a_notice(2), within_seconds=30)

    assert topic.refused == 1


async def test_nobody_waits_on_for_a_topic_that_has_just_refused(topic, events, monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 60)
    topic.is_away = True

    async with asyncio.timeout(5):
        assert not await events.told(a_notice(), within_seconds=30)

    assert topic.refused == 1


def test_the_pause_before_a_topic_that_is_away_is_tried_again_grows():
    pauses = list(accumulate(range(8), lambda pause, _: longer(pause), initial=0.0))

    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_topic_that_is_away_is_tried_with_one_batch_and_all_leaves_when_it_is_back(topic, events):
    topic.is_away = True
    for number in range(1, 1201):
        events.tell(a_notice(number))
    await until(lambda: topic.refused == 3)

    topic.is_away = False
    await until(lambda: not events.is_away)
    await until(lambda: len(topic.taken) == 1200)

    assert topic.taken == [f"m-{number}" for number in range(1, 1201)]


async def test_memory_is_bounded_while_the_topic_is_away_and_what_it_cannot_hold_is_told_later(
    topic, events, monkeypatch
):
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    topic.is_away = True
    for number in range(1, 6):
        events.tell(a_notice(number))
    await until(lambda: events.is_away)
    topic.is_away = False
    await until(lambda: len(topic.taken) == 3 and not events.is_away)

    assert not events.is_published(a_notice(5), Notice(5, "sent", NOON))
    assert await events.told(a_notice(5), within_seconds=5)


async def test_a_worker_that_ends_publishes_what_it_can(topic, events):
    events.tell(a_notice(1))
    events.tell(a_notice(2))

    await events.close()

    assert topic.taken == ["m-1", "m-2"]


async def test_a_worker_that_ends_does_not_wait_for_a_topic_that_hangs(topic, events, monkeypatch):
    monkeypatch.setattr(module, "LAST_TRY_SECONDS", 0.05)
    topic.answers.clear()
    events.tell(a_notice())

    async with asyncio.timeout(2):
        await events.close()

    assert topic.taken == []


class Faulty(AsyncTokenCredential):
    """A credential that fails as nobody expects."""

    async def get_token(self, *scopes, **options):
        raise RuntimeError

    async def close(self):
        pass

    async def __aexit__(self, *_):
        pass


async def test_a_fault_that_is_none_of_event_grids_counts_as_a_topic_that_is_away(events):
    """Else each publisher would end with it, and every write that finishes a message would wait for nothing."""
    broken = StatusEvents(EventGridPublisherClient("https://127.0.0.1:1/api/events", Faulty()), lambda _: "ck_1_0")

    broken.tell(a_notice())

    await until(lambda: broken.is_away)
    await broken.close()
