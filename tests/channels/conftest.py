from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.clock import Clock
from local.providers import server
from tests.channels.scripted_provider import ScriptedProvider
from tests.channels.submissions import Providers, channels_at


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
