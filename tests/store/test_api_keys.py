"""API keys in the store: how soon every worker refuses a revoked one, and links that count once."""

import asyncio
from datetime import timedelta

import pytest

from domain import clock
from domain.access.api_key import ApiKey, digest_of, draw_key
from store import api_keys
from store.api_keys import ApiKeys


@pytest.fixture
def seconds(monkeypatch):
    """The monotonic clock, moved by the test."""
    now = [1000.0]
    monkeypatch.setattr(api_keys, "monotonic", lambda: now[0])
    return now


async def a_key(keys):
    key_id, secret = draw_key()
    now = clock.now()
    key = ApiKey(key_id, "billing", ("sender",), digest_of(secret), now, "ada", now + timedelta(days=1))
    await keys.create(key)
    return key


async def revoked_by(keys, key):
    found = await keys.find(key.id)
    assert found
    return found.revoked_by


async def test_a_worker_refuses_a_key_at_most_half_a_minute_after_another_has_revoked_it(documents, seconds):
    one, other = ApiKeys(documents), ApiKeys(documents)
    key = await a_key(one)
    assert await other.find(key.id) == key

    await one.revoke(key.id, "ada")

    assert await revoked_by(one, key) == "ada"
    seconds[0] += api_keys.CACHED_SECONDS - 0.1
    assert await revoked_by(other, key) is None
    seconds[0] += 0.2
    assert await revoked_by(other, key) == "ada"


async def test_whoever_guesses_ids_fills_no_memory(documents):
    keys = ApiKeys(documents)

    for number in range(api_keys.MOST_CACHED + 10):
        assert await keys.find(f"guess{number}") is None

    assert len(keys._cache) <= api_keys.MOST_CACHED


async def test_revoking_twice_keeps_who_did_it_first(documents):
    keys = ApiKeys(documents)
    key = await a_key(keys)
    await keys.revoke(key.id, "ada")

    await keys.revoke(key.id, "grace")

    assert await revoked_by(keys, key) == "ada"
    assert await keys.revoke("nothing", "ada") is None


async def test_of_two_who_open_a_link_at_the_same_time_one_is_let_in(documents):
    keys = ApiKeys(documents)
    await keys.make_link("digest", "key-1")

    opened = await asyncio.gather(*(keys.use_link("digest") for _ in range(5)))

    assert (opened.count("key-1"), opened.count(None)) == (1, 4)
