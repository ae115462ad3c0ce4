"""The housekeeper, called by its timer every ten minutes: what is left to do for messages that have ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages.message import Outcome
from domain.messages.retention import CONTENT, HISTORY, REPORTS
from tests.domain.messages.records import a_message
from tests.platform import MORNING, a_platform
from tests.telemetry.listener import listening

GOOD, SILENT = "+14255550123", "+14255550102"
DAY = timedelta(days=1)


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def sent(platform, **to):
    """The id of a message that was sent to one address, and reported at once if it is reported at all."""
    message_id = await platform.post(conversationId="conv-456", to=to, channels=[*to])
    await platform.advance(seconds=1)
    return message_id


async def record(platform, message_id):
    return (await platform.services.messages.read("conv-456", message_id)).message


async def kept_for(platform, message_id, age):
    """Let the message have ended so long ago, and the housekeeper come by."""
    messages = platform.services.messages
    before = await messages.read("conv-456", message_id)
    ended = replace(before.message, finished_at=platform.clock.now() - age)
    await messages.replace(before, ended, due_at=platform.clock.now())
    await platform.advance(minutes=11)
    return await record(platform, message_id)


async def test_the_history_of_a_workflow_is_purged_and_its_message_stays(platform, workflows):
    message_id = await sent(platform, sms=GOOD)
    assert await workflows.get_status(message_id)

    after = await kept_for(platform, message_id, 30 * DAY)

    assert not await workflows.get_status(message_id)
    assert (await platform.message(message_id))["status"] == "delivered"
    assert (after.tended, after.content.text) == ((HISTORY,), "Hello")


async def test_texts_and_addresses_are_erased_and_the_story_stays(platform):
    message_id = await sent(platform, sms=GOOD)
    before = await platform.message(message_id)

    after = await kept_for(platform, message_id, 90 * DAY)

    assert (after.tended, after.tend_at) == ((HISTORY, CONTENT), None)
    assert {**await platform.message(message_id), "finishedAt": None} == {**before, "finishedAt": None}
    stored = str((await platform.services.messages.documents.read("Messages", "conv-456", message_id)).document)
    assert "Hello" not in stored
    assert "5550123" not in stored


async def test_what_has_not_been_kept_long_enough_is_left_alone(platform, workflows):
    message_id = await sent(platform, sms=GOOD)

    after = await kept_for(platform, message_id, 30 * DAY - timedelta(minutes=20))

    assert (after.tended, after.content.text) == ((), "Hello")
    assert await workflows.get_status(message_id)


async def test_a_report_that_comes_after_the_erasure_still_counts(platform):
    message_id = await sent(platform, sms=SILENT)
    await platform.advance(minutes=11)
    attempt_id = (await platform.ledger())[0]["attemptId"]
    await kept_for(platform, message_id, 90 * DAY)

    await platform.report("sms", "Delivered", attemptId=attempt_id)
    await platform.settled()

    assert (await platform.message(message_id))["status"] == "delivered"


async def test_the_same_request_after_the_erasure_is_still_the_same_message(platform):
    request = {"customerId": "customer-123", "message": "Hello", "channels": ["sms"], "to": {"sms": GOOD}}
    request |= {"conversationId": "conv-456"}
    key = {"Idempotency-Key": "order-7"}
    message_id = (await platform.call("POST", "/api/messages", request, key)).body["messageId"]
    await platform.advance(seconds=1)
    await kept_for(platform, message_id, 90 * DAY)

    again = await platform.call("POST", "/api/messages", request, key)
    await platform.settled()

    assert (again.status, again.body["messageId"]) == (202, message_id)
    assert len(await platform.ledger()) == 1


async def test_a_failed_email_whose_report_was_lost_is_found_out(platform):
    await platform.fault(fault="delivery", times=1000)  # the subscription is gone
    message_id = await sent(platform, email="failed@example.com")
    await platform.advance(minutes=16)
    [lost] = (await platform.message(message_id))["attempts"]
    assert (lost["status"], lost["reason"]["code"]) == ("timedOut", "noDeliveryReceipt")

    await platform.advance(minutes=71)

    [found] = (await platform.message(message_id))["attempts"]
    assert (found["status"], found["reason"]["code"]) == ("failed", "providerError")
    assert (await record(platform, message_id)).tended == (REPORTS,)


async def lost_email(platform, address):
    """An email whose report got lost, a quarter of an hour later; the subscription is gone."""
    await platform.fault(fault="delivery", times=1000)
    message_id = await sent(platform, email=address)
    await platform.advance(minutes=16)
    return message_id


@pytest.mark.parametrize("fault", ["throttled", "unavailable"])
async def test_a_failed_email_is_found_out_though_its_provider_could_not_be_asked_at_first(platform, fault):
    message_id = await lost_email(platform, "failed@example.com")
    await platform.fault(channel="email", fault=fault, times=2)

    await platform.advance(minutes=71 + 60)
    asked_twice = await record(platform, message_id)
    await platform.advance(hours=2, minutes=10)

    assert (asked_twice.tended, asked_twice.asked_in_vain) == ((), 2)
    [found] = (await platform.message(message_id))["attempts"]
    assert (found["status"], found["reason"]["code"]) == ("failed", "providerError")
    assert (await record(platform, message_id)).tended == (REPORTS,)


async def test_a_provider_that_can_never_be_asked_is_given_up_after_a_day(platform):
    with listening() as listener:
        message_id = await lost_email(platform, "failed@example.com")
        await platform.fault(channel="email", fault="unavailable", times=1000)

        await platform.advance(hours=30)

        assert listener.counted("landfall.attempts.unreported") == {("email",): 1}
    after = await record(platform, message_id)
    assert (after.tended, after.asked_in_vain) == ((REPORTS,), 4)
    assert after.attempts[0].status == "timedOut"


async def test_an_email_that_was_handed_over_is_not_taken_for_delivered(platform):
    message_id = await sent(platform, email="silent@example.com")

    await platform.advance(minutes=87)

    [attempt] = (await platform.message(message_id))["attempts"]
    assert attempt["status"] == "timedOut"
    assert (await record(platform, message_id)).tended == (REPORTS,)


async def test_a_message_whose_reports_all_came_is_not_looked_at_again_for_a_month(platform):
    message_id = await sent(platform, sms=GOOD)

    ended = await record(platform, message_id)

    assert ended.tend_at == ended.finished_at + 30 * DAY


async def test_many_are_tended_in_one_go(platform):
    messages = platform.services.messages
    long_ago = MORNING - 100 * DAY
    for number in range(120):
        id_ = f"{number:08}-7f7c-4c39-9f0d-0f0f0f0f0f0f"
        made = await messages.create(a_message(id=id_, created_at=long_ago))
        ended = replace(made.message, outcome=Outcome("expired"), finished_at=long_ago)
        await messages.replace(made, ended, due_at=long_ago)

    await platform.advance(minutes=11)

    assert await messages.to_tend(platform.clock.now(), top=1) == []
