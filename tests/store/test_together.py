"""Many who change one document at once."""

import asyncio
from datetime import timedelta

from domain.errors import StoreUnavailable
from domain.messages.retention import Retention
from store.conversations import CONVERSATIONS, Conversations
from store.customers import Customers
from store.together import Together
from tests.domain.conversations.test_conversation import a_reply
from tests.domain.messages.records import ADA, NOON
from tests.intercepted import Intercepted


class Counted:
    """A store that counts its operations."""

    def __init__(self, documents):
        self.operations = 0
        self.documents = Intercepted(documents, self._around)

    async def _around(self, _, call):
        self.operations += 1
        return await call()


async def test_four_hundred_replies_at_once_are_a_few_writes_and_all_are_counted(documents):
    store = Counted(documents)
    conversations = Conversations(store.documents, Retention())

    await asyncio.gather(*(conversations.reply_received(a_reply(number), is_new=True) for number in range(400)))

    [conversation] = (await conversations.of_customer(ADA.id, 10, None)).conversations
    assert conversation.inbound == 400
    assert store.operations < 10


async def test_of_four_hundred_at_once_the_latest_is_remembered_of_the_customer(documents):
    store = Counted(documents)
    customers = Customers(store.documents)
    times = [NOON + timedelta(seconds=second) for second in range(400)]

    await asyncio.gather(*(customers.wrote(ADA.id, ADA.external_id, "sms", at) for at in times))

    customer = await customers.read(ADA.id)
    assert customer
    assert customer.last_inbound_at == {"sms": times[-1]}
    assert store.operations < 10


async def test_a_customer_who_is_put_on_file_twice_at_once_is_new_once(documents):
    assert sorted(await asyncio.gather(*(Customers(documents).put(ADA) for _ in range(2)))) == [False, True]
    customers = Customers(documents)
    assert await asyncio.gather(*(customers.put(ADA) for _ in range(2))) == [False, False]


async def test_many_workers_who_change_one_conversation_lose_nothing(documents):
    workers = [Conversations(documents, Retention()) for _ in range(8)]

    await asyncio.gather(*(workers[number % 8].reply_received(a_reply(number), is_new=True) for number in range(64)))

    [stored] = (await documents.query(CONVERSATIONS, ADA.id, "updatedAt")).documents
    assert stored["inbound"] == 64


async def test_a_write_that_fails_fails_all_who_share_it_and_not_those_who_come_later():
    together, writes = Together[int](), []

    async def write(change):
        writes.append(change(0))
        await asyncio.sleep(0)
        if len(writes) == 2:
            raise StoreUnavailable("not now")

    def add(number):
        return together.change("key", lambda total: total + number, write)

    first = await asyncio.gather(add(1), add(2), add(3), return_exceptions=True)
    await add(4)

    assert [type(each) for each in first] == [type(None), StoreUnavailable, StoreUnavailable]
    assert writes == [1, 2 + 3, 4]


async def test_who_is_called_off_while_they_write_takes_nobody_with_them():
    together, writes, turns = Together[int](), [], asyncio.Semaphore(0)

    async def write(change):
        await turns.acquire()
        writes.append(change(0))

    def add(number):
        return asyncio.create_task(together.change("key", lambda total: total + number, write))

    first, second, third = add(1), add(2), add(4)
    await asyncio.sleep(0)
    turns.release()
    await first
    await asyncio.sleep(0)  # the second is about to write for the third
    second.cancel()
    turns.release()
    await third

    assert writes == [1, 2 + 4]
    assert second.cancelled()
