from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from delivery import clock
from local.clock import Clock
from local.providers import server
from tests.channels.orders import Providers, channels_at
from tests.channels.scripted_provider import ScriptedProvider


@pytest.fixture(scope="module")
def a_day_in_november() -> Iterator[None]:
    """The clock shows a minute past the times in the sample events, which can be true then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "source", lambda: datetime(2026, 11, 22, 12, 1, tzinfo=UTC))
        yield


@pytest.fixture
async def providers(tmp_path: Path) -> AsyncIterator[Providers]:
    """The stand-ins, whose reports go nowhere, with the app's own channels."""
    standins = server.Providers(tmp_path, Clock())
    await standins.start()
    async with channels_at(standins.url) as channels:
        yield Providers(standins.url, channels)
    await standins.stop()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedProvider]:
    provider = ScriptedProvider()
    await provider.start()
    yield provider
    await provider.stop()
