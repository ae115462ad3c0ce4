"""One attempt, one effect: what a repetition with the same id gets."""

import asyncio
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError

from local.clock import Clock
from local.providers.server import Providers
from tests.local.providers.clients import Clients, header

TO = {"sms": "+14255550123", "email": "ada@example.com", "whatsapp": "+14255550123"}
on_every_channel = pytest.mark.parametrize("channel", list(TO))


@on_every_channel
async def test_a_repetition_gets_the_first_answer_and_has_no_second_effect(channel, clients, receiver):
    attempt_id = str(uuid4())
    first = await clients.send(channel, TO[channel], attempt_id)

    assert await clients.send(channel, TO[channel], attempt_id) == first
    [row] = await clients.ledger()
    assert (row["attemptId"], row["providerMessageId"]) == (attempt_id, first)


@on_every_channel
async def test_calls_at_the_same_moment_with_one_id_have_one_effect(channel, clients):
    attempt_id = str(uuid4())

    answers = await asyncio.gather(*(clients.send(channel, TO[channel], attempt_id) for _ in range(10)))

    assert len(set(answers)) == 1
    assert len(await clients.ledger()) == 1


@on_every_channel
async def test_a_restart_forgets_neither_the_first_answer_nor_the_ledger(channel, tmp_path):
    attempt_id = str(uuid4())
    answers = []
    for _ in range(2):
        providers = Providers(tmp_path, Clock())
        await providers.start()
        async with Clients(providers.url) as clients:
            answers.append(await clients.send(channel, TO[channel], attempt_id))
            rows = await clients.ledger()
        await providers.stop()

    assert answers[0] == answers[1]
    assert len(rows) == 1


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_another_id_is_another_message(channel, clients):
    first = await clients.send(channel, TO[channel], str(uuid4()))

    assert await clients.send(channel, TO[channel], str(uuid4())) != first
    assert len(await clients.ledger()) == 2


async def test_an_operation_id_with_another_email_is_refused(clients):
    operation_id = str(uuid4())
    await clients.send_email("ada@example.com", operation_id, "Hello")

    with pytest.raises(HttpResponseError) as refused:
        await clients.send_email("ada@example.com", operation_id, "Another text")

    assert refused.value.status_code == 400
    assert len(await clients.ledger()) == 1


async def test_an_operation_id_whose_email_was_refused_may_carry_another(clients):
    operation_id = str(uuid4())
    for _ in range(2):
        with pytest.raises(HttpResponseError):
            await clients.send_email("flaky@example.com", operation_id, "Hello")

    assert await clients.send_email("flaky@example.com", operation_id, "Another text") == operation_id


async def test_an_email_without_an_operation_id_gets_one(clients):
    operation_id = await clients.send_email("ada@example.com", None)

    assert await clients.email_status(operation_id) == {"id": operation_id, "status": "Succeeded"}


async def test_an_unknown_operation_is_not_found(clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.email_status(str(uuid4()))

    assert refused.value.status_code == 404


async def test_a_repeatability_id_with_another_first_sent_time_is_refused(clients):
    attempt_id = str(uuid4())
    await clients.send_sms("+14255550123", attempt_id)
    await clients.send_whatsapp("+14255550123", attempt_id)
    later = "Mon, 02 Mar 2026 10:00:00 GMT"

    [item] = await clients.sms_items(["+14255550123"], attempt_id, first_sent=later)
    with pytest.raises(HttpResponseError) as refused:
        await clients.send_whatsapp("+14255550123", attempt_id, first_sent=later)

    assert (item.successful, item.http_status_code) == (False, 400)
    assert header(refused.value, "Repeatability-Result") == "rejected"
    assert len(await clients.ledger()) == 2
