"""The rules of docs/doorbell.md that the activities keep, each by what breaks without it."""

from dataclasses import replace

import pytest

from actions.turn import Turn, settle
from channels.sms.acs import SmsChannel
from channels.whatsapp.acs import WhatsAppChannel
from domain import clock
from domain.errors import Stale, SupersededTurn
from domain.messages.answers import Accepted
from domain.messages.attempt import Receipt


async def _report(bench, message, status, attempt=1):
    """What the message processor does: fold under the etag."""
    record = await bench.services.messages.read(message.conversation_id, message.id)
    learnt = record.message.with_receipt(Receipt(attempt, status, clock.now()))
    await bench.services.messages.replace(record, learnt, clock.now())


async def test_a_turn_is_decided_once_and_its_wait_keeps_its_name(bench):
    """Rule 3: a second execution must not write another decision than the workflow was told."""
    message = await bench.accepted(channels=["sms", "email"])
    told = await bench.send(message, "sms", turn_number=1)
    await _report(bench, message, "failed")

    again = await bench.send(message, "sms", turn_number=1)

    assert again == told
    assert (await bench.record(message)).wake == "wake-20261122T120000000000-0001"


async def test_a_ghost_decides_nothing_and_calls_nobody(bench):
    """Rule 3: an execution whose turn is over must not send, nor write a decision."""
    message = await bench.accepted(channels=["sms", "email"])
    await bench.send(message, "sms", turn_number=1)
    await _report(bench, message, "failed")
    await bench.look(message, turn_number=2)
    before, effects = await bench.record(message), await bench.effects()

    with pytest.raises(SupersededTurn):
        await bench.send(message, "sms", turn_number=1)

    assert await bench.record(message) == before
    assert await bench.effects() == effects


async def test_what_a_ghost_learns_is_kept_and_rung(bench, monkeypatch):
    """Rule 9: a late answer that changes the record rings, since a decision was made without it."""
    message = await bench.accepted(channels=["whatsapp", "sms"])
    submit = WhatsAppChannel.submit

    async def overtaken(channel, submission):
        answer = await submit(channel, submission)
        await bench.look(message, turn_number=2)  # the host ran the activity twice, and the other execution went on
        return answer

    monkeypatch.setattr(WhatsAppChannel, "submit", overtaken)
    with pytest.raises(SupersededTurn):
        await bench.send(message, "whatsapp", turn_number=1)

    record = await bench.record(message)
    assert record.attempts[0].status == "accepted"
    assert record.attempts[0].provider_message_id
    assert bench.rung == ["wake-20261122T120000000000-0002"]


async def test_a_report_faster_than_the_answer_is_not_lowered_by_it(bench, monkeypatch):
    """Rule 7: status only rises, for the answer too; else a delivered message gets a fallback."""
    message = await bench.accepted(channels=["sms", "email"])
    submit = SmsChannel.submit

    async def outrun(channel, submission):
        await _report(bench, message, "delivered")
        return await submit(channel, submission)

    monkeypatch.setattr(SmsChannel, "submit", outrun)
    step = await bench.send(message, "sms")

    assert step["outcome"] == {"status": "delivered", "channel": "sms", "attempt": 1}


async def test_a_cancel_before_the_attempt_is_written_prevents_it(bench, monkeypatch):
    """Rule 6: the check and `sending` are one guarded replace; else an acknowledged cancel is overtaken."""
    message = await bench.accepted(channels=["sms"])
    name_attempt = bench.services.correlations.name_attempt

    async def cancelled_meanwhile(self, row):
        record = await bench.services.messages.read(message.conversation_id, message.id)
        cancelled = replace(record.message, cancelled_at=clock.now())
        await bench.services.messages.replace(record, cancelled, clock.now())
        await name_attempt(row)

    monkeypatch.setattr(type(bench.services.correlations), "name_attempt", cancelled_meanwhile)
    step = await bench.send(message, "sms")

    assert step["outcome"]["status"] == "cancelled"
    assert await bench.effects() == []


async def test_a_report_between_read_and_write_is_not_written_over(bench):
    """Rule 5: every write names the version that it read."""
    message = await bench.accepted(channels=["sms"])
    await bench.send(message, "sms")
    record = await bench.services.messages.read(message.conversation_id, message.id)
    await _report(bench, message, "delivered")

    with pytest.raises(Stale):
        await bench.services.messages.replace(record, record.message, clock.now())


async def test_an_attempt_is_sent_only_while_the_record_asks_for_it(bench):
    """Rule 6: the order may be old; what was delivered meanwhile is not sent again on the next channel."""
    message = await bench.accepted(channels=["sms", "email"])
    await bench.send(message, "sms", turn_number=1)
    await _report(bench, message, "delivered")

    step = await bench.send(message, "email", attempt=2, turn_number=2)

    assert step["outcome"]["channel"] == "sms"
    assert len(await bench.effects()) == 1


async def test_turns_of_a_restarted_workflow_come_after_those_of_its_first_run(bench):
    """Rule 2: with a bare counter a second run takes itself for a superseded call and never ends."""
    message = await bench.accepted(channels=["sms"])
    await bench.send(message, "sms", turn_number=7)
    restarted = {
        "messageId": message.id,
        "conversationId": message.conversation_id,
        "turn": "20261122T120500000000-0001",
    }

    assert (await settle(Turn.of(restarted)))["kind"] == "wait"


async def test_early_whatsapp_reports_wait_for_their_attempt_and_end_it(bench, monkeypatch):
    """Rule 10: one row for one provider id; whoever comes second does the other's part."""
    message = await bench.accepted(channels=["whatsapp"])
    submit = WhatsAppChannel.submit

    async def reported_at_once(channel, submission):
        answer = await submit(channel, submission)
        assert isinstance(answer, Accepted)
        early = await bench.services.correlations.find_or_keep(
            answer.provider_message_id, Receipt(0, "delivered", clock.now())
        )
        assert early is None
        return answer

    monkeypatch.setattr(WhatsAppChannel, "submit", reported_at_once)
    step = await bench.send(message, "whatsapp")

    assert step["outcome"] == {"status": "delivered", "channel": "whatsapp", "attempt": 1}


async def test_a_message_that_has_arrived_and_been_told_is_looked_at_no_more(bench):
    message = await bench.accepted(channels=["sms"])
    await bench.send(message, "sms", turn_number=1)
    await _report(bench, message, "delivered")

    await bench.look(message, turn_number=2)

    record = await bench.record(message)
    assert (record.outbox, record.due_at) == ((), None)
    assert await bench.published() == ["accepted", "sending", "sent", "delivered"]


async def test_what_many_tell_at_once_is_published_once(bench):
    message = await bench.accepted(channels=["sms"])

    for _ in range(5):
        bench.services.status_events.tell(message)

    assert await bench.published() == ["accepted"]
