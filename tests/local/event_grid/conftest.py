from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from group_commit import GroupCommit
from local.event_grid import deliveries
from local.event_grid.event_grid import EventGrid
from local.event_grid.subscriptions import COMMUNICATION_TOPIC, Event
from tests.local.event_grid.manual_clock import ManualClock
from tests.local.event_grid.receiver import Receiver


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GroupCommit]:
    store = GroupCommit(tmp_path / "providers.db", deliveries.SCHEMA)
    yield store
    store.close()


@pytest.fixture
async def start(store: GroupCommit, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Callable[[], EventGrid]]:
    """Starts an Event Grid over the same file; the one before is to be stopped first."""
    started: list[EventGrid] = []

    def start() -> EventGrid:
        started.append(EventGrid(store, clock, tmp_path / "dead-letters", must_fail=lambda: False))
        return started[-1]

    yield start
    await started[-1].stop()


@pytest.fixture
def publish(store: GroupCommit, clock: ManualClock):
    async def publish(grid: EventGrid, event: Event, topic: str = COMMUNICATION_TOPIC) -> list[deliveries.Delivery]:
        new = await store.write(lambda connection: deliveries.publish(connection, topic, event, clock.now()))
        grid.carry(new)
        return new

    return publish
