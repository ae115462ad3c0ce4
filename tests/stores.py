"""The store that whole platforms run on in the tests: SQLite, or what LANDFALL_TEST_STORE names.

`cosmos` is Cosmos DB as it should be. `troubled-cosmos` refuses one request in eight or loses the answer to what it has
done, and shows each worker, but the one that answers HTTP, as little of the others' writes as its session allows.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.signing_keys import SigningKeys
from local.environment import SIGNING_KEYS
from store.address_book import Addresses
from store.documents import Documents
from store.erased_addresses import ErasedAddresses
from tests.cosmos.emulator import assert_there_is_one, emulator_url
from tests.cosmos.gateway import Gateway, a_gateway

ROOT = Path(__file__).parents[1]
CHOSEN = os.environ.get("LANDFALL_TEST_STORE", "sqlite")
on_one_store = pytest.mark.skipif(CHOSEN != "sqlite", reason="says the same on every store")
in_sqlite_only = pytest.mark.skipif(CHOSEN != "sqlite", reason="looks into the file of the SQLite store")


@dataclass(frozen=True)
class Store:
    """The settings that lead to a store, and what stands between it and the app."""

    settings: dict[str, str]
    between: Callable[[Documents], Documents] = lambda documents: documents


def is_troubled() -> bool:
    return CHOSEN == "troubled-cosmos"


def behind(gateway: Gateway) -> Store:
    return Store(_settings(gateway.connection_string))


@asynccontextmanager
async def a_store() -> AsyncIterator[Store]:
    """The chosen one, empty, for a platform in this process."""
    if CHOSEN == "sqlite":
        yield Store({})
        return
    async with a_gateway(emulator_url()) as gateway:
        if not is_troubled():
            yield behind(gateway)
            return
        from tests.cosmos.trouble import Workers, now_and_then, spread  # a gateway of its own process needs no host

        gateway.trouble = now_and_then()
        with spread(), pytest.MonkeyPatch.context() as patched:
            patched.setattr("store.cosmos.PAUSES_SECONDS", (0.005, 0.01))  # as soon as these troubles pass
            patched.setattr("actions.turn.PAUSES_SECONDS", (0.005, 0.01))
            patched.setattr("triggers.events.while_event_grid_waits.FIRST_PAUSE_SECONDS", 0.01)
            yield Store(_settings(gateway.connection_string), lambda documents: Workers(gateway, documents))


def a_store_for_processes() -> AbstractContextManager[dict[str, str]]:
    """The settings of the chosen one, empty, which outlives any process of the platform."""
    return nullcontext({}) if CHOSEN == "sqlite" else cosmos_for_processes()


@contextmanager
def cosmos_for_processes() -> Iterator[dict[str, str]]:
    assert_there_is_one()
    command = [sys.executable, "-m", "tests.cosmos"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as cosmos:
        assert cosmos.stdout
        assert cosmos.stdin
        yield _settings(cosmos.stdout.readline().strip())
        cosmos.stdin.close()


def _settings(connection_string: str) -> dict[str, str]:
    return {"MESSAGE_STORE": "cosmos", "COSMOS_DB_CONNECTION_STRING": connection_string}


def addresses_in(documents: Documents) -> Addresses:
    """The address book over these documents."""
    signing_keys = SigningKeys.from_text(SIGNING_KEYS)
    return Addresses(documents, ErasedAddresses(documents, signing_keys))
