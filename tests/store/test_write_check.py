"""Health is shown by a write, which must not become a burden."""

from datetime import timedelta

import pytest

from domain.errors import StoreUnavailable
from store.write_check import REMEMBERED_SECONDS, WriteCheck
from tests.intercepted import Intercepted


class Asked:
    """A store that counts what it is asked, and fails while it is told to."""

    def __init__(self, documents):
        self.times, self.fails = 0, False
        self.documents = Intercepted(documents, self._around)

    async def _around(self, name, call):
        self.times += 1
        if self.fails:
            raise StoreUnavailable("the store has no time now")
        return await call()


@pytest.fixture
def store(documents):
    return Asked(documents)


@pytest.fixture
def check(store):
    return WriteCheck(store.documents)


@pytest.fixture
def pass_time(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("store.write_check.monotonic", lambda: now[0])

    def passing(seconds):
        now[0] += seconds

    return passing


async def test_who_asks_all_the_time_costs_one_write_every_few_seconds(check, store, pass_time):
    for _ in range(10):
        await check.write()
    assert store.times == 1

    pass_time(REMEMBERED_SECONDS)
    await check.write()

    assert store.times == 2


async def test_a_fault_is_told_as_long_as_it_lasts_and_no_longer(check, store, pass_time):
    store.fails = True
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await check.write()
    store.fails = False

    await check.write()


async def test_what_it_writes_expires(check, documents, move_clock):
    await check.write()
    assert await documents.read("Correlations", "health", "health")

    move_clock(timedelta(hours=1))

    assert await documents.read("Correlations", "health", "health") is None


async def test_a_container_that_is_not_provisioned_yet_does_not_make_the_app_unhealthy(check, store):
    """The first release had these containers; what came later may be missing after an upgrade."""
    containers = []

    async def noted(name, call):
        containers.append(call.args[0])
        return await call()

    await WriteCheck(Intercepted(store.documents, noted)).write()

    assert set(containers) <= {"Messages", "Conversations", "Customers", "Correlations"}
