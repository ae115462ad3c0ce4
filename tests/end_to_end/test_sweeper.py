"""The sweeper, called by its timer every minute: it finds messages that nothing else would resume."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages.attempt import Receipt
from domain.messages.message import Outcome
from store.correlations import AttemptRow, provider_row_id
from tests.domain.messages.records import a_message
from tests.platform import MORNING, a_platform

SILENT = {"sms": "+14255550102"}
GOOD = {"sms": "+14255550123"}
AN_HOUR_AGO = MORNING - timedelta(hours=1)


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def written(platform, to=GOOD, **fields):
    """A record that is due, as a crash leaves it before its workflow is started."""
    message = a_message(channels=["sms"], to=to, **{"created_at": AN_HOUR_AGO, "due_at": AN_HOUR_AGO, **fields})
    return (await platform.services.messages.create(message)).message


async def waiting(platform):
    """The id of a message that waits for a report that never comes, and its record."""
    message_id = await platform.post(conversationId="conv-456", to=SILENT, channels=["sms"])
    await platform.settled()
    return message_id, await record(platform, message_id)


async def record(platform, message_id):
    return await platform.services.messages.read("conv-456", message_id)


async def runtime_status(workflows, message_id):
    return (await workflows.get_status(message_id)).runtime_status.name


async def test_a_record_whose_workflow_is_missing_is_started(platform, workflows):
    message = await written(platform)

    await platform.advance(minutes=1, seconds=1)

    assert await runtime_status(workflows, message.id) == "Completed"
    assert (await record(platform, message.id)).message.status == "delivered"
    assert len(await platform.ledger()) == 1


async def test_a_workflow_that_has_failed_is_started_again(platform, workflows):
    message = await written(platform)
    await workflows.start_new("deliver_message", message.id, "no order")  # which it cannot read
    await platform.settled()
    assert await runtime_status(workflows, message.id) == "Failed"

    await platform.advance(minutes=1, seconds=1)

    assert await runtime_status(workflows, message.id) == "Completed"
    assert (await record(platform, message.id)).message.status == "delivered"


async def test_a_workflow_that_an_operator_has_terminated_ends_its_message_cancelled(platform, workflows):
    message_id, _ = await waiting(platform)
    await workflows.terminate(message_id, "enough")
    await platform.settled()

    await platform.advance(minutes=15)

    after = (await record(platform, message_id)).message
    assert (after.outcome, after.due_at) == (Outcome("cancelled"), None)
    assert [attempt.status for attempt in after.attempts] == ["timedOut"]
    assert [event["data"]["status"] for event in await platform.published(message_id)][-1] == "cancelled"
    [shown] = (await platform.services.conversations.of_customer(after.customer_id, 10, None)).conversations
    assert (shown.id, shown.last.status) == ("conv-456", "cancelled")
    assert await runtime_status(workflows, message_id) == "Terminated"


async def test_a_message_that_arrived_before_its_workflow_was_terminated_is_told_as_delivered(platform, workflows):
    """Outcome and status say the same."""
    message_id = await platform.post(
        conversationId="conv-456", to={"email": "ada@example.com"}, channels=[{"channel": "email", "confirm": "read"}]
    )
    await platform.advance(minutes=1)
    assert (await record(platform, message_id)).message.attempts[0].status == "delivered"
    await workflows.terminate(message_id, "enough")
    await platform.settled()

    await platform.advance(minutes=16)

    after = (await record(platform, message_id)).message
    assert (after.outcome, after.status) == (Outcome("delivered", "email", 1), "delivered")
    told = await platform.message(message_id)
    assert (told["status"], told["channel"]) == ("delivered", "email")


async def test_a_terminated_workflow_stays_so_while_the_host_cannot_tell(platform, workflows, monkeypatch):
    """The SDK takes this answer for an unknown workflow, which would be started."""
    message_id, _ = await waiting(platform)
    await workflows.terminate(message_id, "enough")
    await platform.settled()
    with monkeypatch.context() as trouble:
        trouble.setattr("local.durable.api.management_api.status_of", lambda *_, **__: 1 / 0)
        await platform.advance(minutes=15)
    assert (await record(platform, message_id)).message.outcome is None

    await platform.advance(minutes=2)

    assert (await record(platform, message_id)).message.outcome == Outcome("cancelled")
    assert await runtime_status(workflows, message_id) == "Terminated"


async def test_a_cancel_that_was_written_and_not_rung_is_found(platform, workflows):
    message_id, before = await waiting(platform)
    cancelled = replace(before.message, cancelled_at=MORNING)
    await platform.services.messages.replace(before, cancelled, due_at=MORNING)

    await platform.advance(minutes=1)

    assert (await record(platform, message_id)).message.outcome == Outcome("cancelled")
    assert await runtime_status(workflows, message_id) == "Completed"


async def test_a_suspended_workflow_is_left_alone_until_it_is_resumed(platform, workflows):
    message_id, before = await waiting(platform)
    await workflows.suspend(message_id, "look into this")
    await platform.settled()

    await platform.advance(hours=3)

    assert await runtime_status(workflows, message_id) == "Suspended"
    after = (await record(platform, message_id)).message
    assert (after.outcome, after.attempts, after.turn) == (None, before.message.attempts, before.message.turn)
    assert after.sweeps > 1

    await workflows.resume(message_id, "done")
    await platform.settled()
    assert (await record(platform, message_id)).message.status == "undelivered"


async def test_what_an_earlier_version_left_in_an_outbox_is_published_by_the_announcer(platform, workflows):
    """It gave this record no `tellAt`, but left it due."""
    message = await written(platform, outcome=Outcome("expired"), finished_at=AN_HOUR_AGO)
    assert len(message.outbox) == 1

    await platform.advance(minutes=3)

    after = (await record(platform, message.id)).message
    assert (after.outbox, after.due_at, after.tell_at) == ((), None, None)
    [event] = await platform.published(message.id)
    assert (event["id"], event["data"]["status"]) == (f"{message.id}-1", "expired")
    assert not await workflows.get_status(message.id)


async def test_a_crowd_that_is_due_is_looked_after_within_the_minute(platform):
    crowd = [f"{number:08}-7f7c-4c39-9f0d-0f0f0f0f0f0f" for number in range(120)]
    for message_id in crowd:
        await written(platform, id=message_id, outcome=Outcome("expired"), finished_at=AN_HOUR_AGO)

    await platform.advance(minutes=1)

    assert await platform.services.messages.due(MORNING + timedelta(days=1), top=1) == []


async def test_a_record_that_is_not_due_yet_is_left_to_its_workflow(platform, workflows):
    message = await written(platform, due_at=MORNING + timedelta(minutes=3))

    await platform.advance(minutes=2, seconds=59)
    assert not await workflows.get_status(message.id)

    await platform.advance(minutes=1)
    assert (await record(platform, message.id)).message.status == "delivered"


async def test_a_report_whose_sender_died_before_it_could_write_it_down_is_not_lost(platform, workflows):
    """It came before the provider had answered; the sender made its id known, and went no further."""
    services = platform.services
    whatsapp = {"whatsapp": "+14255550102"}
    message_id = await platform.post(conversationId="conv-456", to=whatsapp, channels=["whatsapp"])
    await platform.settled()
    sent = (await record(platform, message_id)).message.attempts[0]
    row = AttemptRow(provider_row_id("not heard of yet"), "conv-456", message_id, sent.number, "whatsapp")
    await services.correlations.find_or_keep("not heard of yet", Receipt(0, "delivered", MORNING))
    assert await services.correlations.join(row) == (Receipt(0, "delivered", MORNING),)

    await platform.advance(minutes=2, seconds=1)

    assert (await record(platform, message_id)).message.status == "delivered"
    assert await runtime_status(workflows, message_id) == "Completed"
    assert await services.correlations.due(MORNING + timedelta(days=1), top=10) == []


async def test_messages_in_flight_go_on_in_an_empty_task_hub(platform, workflows, tmp_path):
    """As after a change of `hubName` or of the storage provider: no workflow of before is there any more."""
    message_id = await platform.post(to={**SILENT, "email": "ada@example.com"}, channels=["sms", "email"])
    later = await platform.post(to=GOOD, channels=["sms"], sendAt="2027-03-02T09:00:00Z")
    await platform.settled()

    await platform.restart(lambda: [file.unlink() for file in tmp_path.glob("durable.*")])
    assert not await workflows.get_status(message_id)
    await platform.advance(minutes=13)

    assert (await platform.message(message_id))["status"] == "delivered"
    assert [effect["channel"] for effect in await platform.ledger()] == ["sms", "email"]
    await platform.advance(hours=24)
    await platform.advance(minutes=3)  # by itself, since virtual time leaves out ticks of a long quiet night
    assert (await platform.message(later))["status"] == "delivered"
