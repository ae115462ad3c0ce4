import asyncio
from dataclasses import replace

import pytest

from store.customers import Customers
from tests.domain.messages.records import ADA


@pytest.fixture
def customers(documents):
    return Customers(documents)


async def test_a_customer_is_read_as_it_was_put(customers):
    assert await customers.put(ADA)

    assert await customers.read(ADA.id) == ADA


async def test_nobody_is_found_who_was_not_put(customers):
    assert await customers.read(ADA.id) is None


async def test_putting_again_replaces_everything_and_is_not_new(customers):
    await customers.put(replace(ADA, locale="en-GB"))

    assert not await customers.put(replace(ADA, contact_points={"email": "ada@example.com"}))
    assert await customers.read(ADA.id) == replace(ADA, contact_points={"email": "ada@example.com"})


async def test_of_many_who_put_at_the_same_moment_one_is_first_and_one_is_last(customers):
    versions = [replace(ADA, locale=f"en-{number:02}") for number in range(10)]

    answers = await asyncio.gather(*map(customers.put, versions))

    assert sum(answers) == 1
    assert await customers.read(ADA.id) in versions
