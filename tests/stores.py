"""The store that whole platforms run on in the tests: SQLite, or what LANDFALL_TEST_STORE names.

`cosmos` is Cosmos DB as it should be. `troubled cosmos` refuses every tenth request or so, loses answers of what it has
done, and shows every worker but the one that answers HTTP as little of the others' writes as its session allows.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.cosmos.emulator import emulator_url
from tests.cosmos.gateway import Gateway, a_gateway

Store = dict[str, str]
"""The settings that lead to a store."""


@asynccontextmanager
async def a_store() -> AsyncIterator[Store]:
    """An empty one."""
    if "LANDFALL_TEST_STORE" not in os.environ:
        yield {}
        return
    async with a_gateway(emulator_url()) as gateway:
        yield behind(gateway)


def behind(gateway: Gateway) -> Store:
    return {"MESSAGE_STORE": "cosmos", "COSMOS_DB_CONNECTION_STRING": gateway.connection_string}
