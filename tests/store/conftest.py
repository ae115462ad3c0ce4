"""Every implementation of the store, one after the other."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from domain import clock
from store.cosmos import CosmosDocuments
from store.documents import Documents
from store.sqlite import SqliteDocuments
from tests.cosmos.emulator import emulator_url
from tests.cosmos.gateway import ACCOUNT_KEY, a_gateway
from tests.domain.messages.records import NOON


@pytest.fixture(params=["sqlite", "cosmos"])
async def documents(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Documents]:
    """An empty store."""
    implementations = {"sqlite": _sqlite, "cosmos": _cosmos}
    async with implementations[request.param](tmp_path) as store:
        yield store
        await store.close()


@asynccontextmanager
async def _sqlite(directory: Path) -> AsyncIterator[Documents]:
    yield SqliteDocuments(directory / "landfall.db")


@asynccontextmanager
async def _cosmos(directory: Path) -> AsyncIterator[Documents]:
    async with a_gateway(emulator_url()) as gateway:
        yield CosmosDocuments(gateway.url, ACCOUNT_KEY)


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """The product's clock, at noon until it is moved."""

    def move(by: timedelta) -> None:
        monkeypatch.setattr(clock, "source", lambda: NOON + by)

    move(timedelta(0))
    return move
