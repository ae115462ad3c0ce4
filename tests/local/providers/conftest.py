from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.clock import Clock
from local.providers.server import Providers
from tests.local.event_grid.receiver import Receiver
from tests.local.providers.clients import Clients


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def providers(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Providers]:
    """The stand-ins, delivering to the receiver, in real time."""
    providers = Providers(tmp_path, Clock())
    await providers.start()
    providers.deliver_to(receiver.url)
    yield providers
    await providers.stop()


@pytest.fixture
async def clients(providers: Providers) -> AsyncIterator[Clients]:
    async with Clients(providers.url) as clients:
        yield clients
