"""python -m tests.cosmos: an empty Cosmos DB for other processes. Prints its connection string; ends with its stdin."""

import asyncio
import sys

from tests.cosmos.emulator import emulator_url
from tests.cosmos.gateway import a_gateway
from tests.cosmos.trouble import now_and_then
from tests.stores import is_troubled


async def serve() -> None:
    async with a_gateway(emulator_url()) as gateway:
        if is_troubled():
            gateway.trouble = now_and_then()
        print(gateway.connection_string, flush=True)  # noqa: T201  # for the process that started this one
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(serve())
