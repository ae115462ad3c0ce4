from collections.abc import AsyncIterator

import pytest

from store.cosmos import CosmosDocuments
from tests.cosmos.emulator import emulator_url
from tests.cosmos.gateway import ACCOUNT_KEY, Gateway, a_gateway


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with a_gateway(emulator_url()) as gateway:
        yield gateway


@pytest.fixture
async def documents(gateway: Gateway) -> AsyncIterator[CosmosDocuments]:
    store = CosmosDocuments(gateway.url, ACCOUNT_KEY)
    yield store
    await store.close()
