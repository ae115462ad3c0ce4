"""A call is awaited until its attempt times out, and not made while too many others hang."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from channels.calls import MOST_CALLS
from channels.email.acs import EmailChannel
from channels.whatsapp.acs import WhatsAppChannel
from domain import clock
from domain.errors import StoreUnavailable
from domain.identities import attempt_id, message_id_of
from domain.messages.answers import Accepted
from domain.messages.attempt import Receipt
from domain.messages.message import RouteStep
from domain.messages.next_step import Send, next_step
from tests.actions.bench import Killed
from tests.domain.messages.records import ADA, ADDRESSES

SOON = timedelta(seconds=20)
ALL_DAY = timedelta(days=1)
NEXT = {"sms": "email", "whatsapp": "email", "email": "sms"}
WAKE = "wake-20261122T120000000000-0001"
on_every_channel = pytest.mark.parametrize("channel", NEXT)


class MovedClock:
    """The app's clock, ahead by as much as was waited for a call that is kept back."""

    def __init__(self, bench, monkeypatch):
        self._answers, self._ahead, self._source = bench.answers, timedelta(), clock.source
        monkeypatch.setattr(clock, "source", lambda: self._source() + self._ahead)
        self._monkeypatch = monkeypatch

    def advance(self, by):
        self._ahead += by

    def passes_while_answers_are_kept_back(self):
        self._monkeypatch.setattr(clock, "wait", self._wait)

    async def _wait(self, task, until):
        kept_back = asyncio.ensure_future(self._answers.called.acquire())
        await asyncio.wait({task, kept_back}, return_when=asyncio.FIRST_COMPLETED)
        kept_back.cancel()
        if self._answers.may_go.is_set():
            await asyncio.wait({task})
        elif not task.done():
            self.advance(until - clock.now())


@pytest.fixture
def moved(bench, monkeypatch):
    return MovedClock(bench, monkeypatch)


@pytest.fixture
def times_out_at(moved):
    moved.passes_while_answers_are_kept_back()


async def an_impatient_one(bench, channel="sms", **fields):
    return await bench.accepted(channels=[RouteStep(channel, SOON), NEXT[channel]], **fields)


@pytest.mark.usefixtures("times_out_at")
@on_every_channel
async def test_the_next_channel_has_its_turn_on_time_though_the_provider_has_not_answered(bench, channel):
    message = await an_impatient_one(bench, channel)
    bench.answers.may_go.clear()

    step = await bench.send(message, channel)

    [attempt] = (await bench.record(message)).attempts
    assert (step["activity"], step["input"]) == ("send", {"channel": NEXT[channel], "attempt": 2})
    assert (attempt.status, attempt.reason.code, attempt.tries) == ("timedOut", "noAnswer", 1)
    assert timedelta() <= attempt.status_at - attempt.first_sent_at - SOON < timedelta(seconds=1)


@pytest.mark.usefixtures("times_out_at")
@on_every_channel
async def test_an_answer_that_comes_late_is_kept_and_rung(bench, channel):
    message = await an_impatient_one(bench, channel)
    bench.answers.may_go.clear()
    step = await bench.send(message, channel)

    bench.answers.may_go.set()
    await bench.late_calls_end()

    record = await bench.record(message)
    [attempt] = record.attempts
    assert (attempt.status, bool(attempt.provider_message_id), record.step) == ("timedOut", True, step)
    assert bench.rung == [WAKE]
    assert await bench.effects() == [attempt_id(message.id, 1)]


@pytest.mark.usefixtures("times_out_at")
async def test_a_delivery_that_was_reported_before_the_late_answer_ends_the_message(bench, monkeypatch):
    message = await an_impatient_one(bench, "whatsapp")
    bench.answers.may_go.clear()
    submit = WhatsAppChannel.submit

    async def reported_at_once(self, submission):
        answer = await submit(self, submission)
        assert isinstance(answer, Accepted)
        await bench.services.correlations.find_or_keep(answer.provider_message_id, Receipt(0, "delivered", clock.now()))
        return answer

    monkeypatch.setattr(WhatsAppChannel, "submit", reported_at_once)
    await bench.send(message, "whatsapp")
    bench.answers.may_go.set()
    await bench.late_calls_end()

    assert (await bench.record(message)).attempts[0].status == "delivered"
    assert bench.rung == [WAKE]
    step = await bench.send(message, "email", attempt=2, turn_number=2)
    assert step["outcome"] == {"status": "delivered", "channel": "whatsapp", "attempt": 1}


@pytest.mark.usefixtures("times_out_at")
async def test_a_late_refusal_says_why_it_failed(bench):
    message = await an_impatient_one(bench, to={**ADDRESSES, "sms": "+14255550104"})
    bench.answers.may_go.clear()
    await bench.send(message, "sms")

    bench.answers.may_go.set()
    await bench.late_calls_end()

    [attempt] = (await bench.record(message)).attempts
    assert (attempt.status, attempt.reason.code) == ("failed", "rejected")


@pytest.mark.usefixtures("times_out_at")
async def test_a_late_answer_that_tells_nothing_changes_nothing_and_wakes_nobody(bench):
    message = await an_impatient_one(bench, to={**ADDRESSES, "sms": "+14255550105"})  # throttled
    bench.answers.may_go.clear()
    await bench.send(message, "sms")
    before = await bench.record(message)

    bench.answers.may_go.set()
    await bench.late_calls_end()

    assert (await bench.record(message), bench.rung) == (before, [])


@pytest.mark.usefixtures("times_out_at")
@on_every_channel
async def test_a_late_answer_whose_worker_is_killed_at_any_step_changes_nothing_for_the_next_channel(bench, channel):
    for number, moment in ((number, moment) for number in range(8) for moment in ("before", "after")):
        message = await an_impatient_one(bench, channel, id=message_id_of(f"{channel}-{number}-{moment}"))
        bench.answers.may_go.clear()
        step = await bench.send(message, channel)
        with bench.documents.dying(number, moment):
            bench.answers.may_go.set()
            await bench.late_calls_end()
        steps = len(bench.documents.operations)

        assert await bench.send(message, channel) == step  # the host repeats it, since its result was lost
        await bench.send(message, NEXT[channel], attempt=2, turn_number=2)

        first, second = (await bench.record(message)).attempts
        assert (first.status, first.tries, second.status) == ("timedOut", 1, "accepted")
        assert (await bench.effects()).count(attempt_id(message.id, 1)) == 1
    assert steps < 8, "one that is not killed shows that all steps were tried"


@pytest.mark.usefixtures("times_out_at")
@on_every_channel
async def test_one_that_is_killed_while_it_gives_up_comes_to_the_same_step(bench, channel):
    for number, moment in ((number, moment) for number in range(12) for moment in ("before", "after")):
        message = await an_impatient_one(bench, channel, id=message_id_of(f"{channel}-{number}-{moment}"))
        bench.answers.may_go.clear()
        with bench.documents.dying(number, moment), suppress(Killed):
            await bench.send(message, channel)
        steps = len(bench.documents.operations)

        step = await bench.send(message, channel)

        assert (step["kind"], step["input"]) == ("send", {"channel": NEXT[channel], "attempt": 2}), (number, moment)
        bench.answers.may_go.set()
        await bench.late_calls_end()
        assert (await bench.effects()).count(attempt_id(message.id, 1)) <= 1
    assert steps < 12, "one that is not killed shows that all steps were tried"


@pytest.mark.usefixtures("times_out_at")
async def test_two_executions_that_both_give_up_say_the_same_and_send_once(bench):
    message = await an_impatient_one(bench)
    bench.answers.may_go.clear()

    steps = await asyncio.gather(bench.send(message, "sms"), bench.send(message, "sms"))
    bench.answers.may_go.set()
    await bench.late_calls_end()

    assert steps[0] == steps[1]
    assert await bench.effects() == [attempt_id(message.id, 1)]


@pytest.mark.usefixtures("times_out_at")
async def test_the_late_answer_of_a_turn_long_over_is_no_failure(bench, caplog):
    message = await an_impatient_one(bench)
    bench.answers.may_go.clear()
    await bench.send(message, "sms")
    await bench.look(message, turn_number=2)

    bench.answers.may_go.set()
    await bench.late_calls_end()

    assert (await bench.record(message)).attempts[0].provider_message_id
    assert bench.rung == ["wake-20261122T120000000000-0002"]
    assert caplog.messages == []


@pytest.mark.usefixtures("times_out_at")
async def test_when_the_services_end_no_call_is_left_behind(bench):
    message = await an_impatient_one(bench)
    bench.answers.may_go.clear()
    await bench.send(message, "sms")
    [call] = bench.services.calls._under_way

    await bench.services.close()

    assert call.cancelled()


# the answer never ends


@on_every_channel
async def test_a_call_that_never_ends_gives_its_share_back_and_is_made_again(bench, channel, moved, monkeypatch):
    message = await bench.accepted(channels=[channel])
    with monkeypatch.context() as hasty:
        hasty.setattr("channels.calls.LONGEST_CALL_SECONDS", 0.05)
        under_way = await all_hang(bench, channel)
        steps = await asyncio.gather(*under_way)
        assert {step["kind"] for step in steps} == {"wait"}
    bench.answers.may_go.set()

    step = await bench.send(message, channel)

    assert (step["progress"]["status"], await bench.effects()) == ("sent", [attempt_id(message.id, 1)])


# there is no share


async def all_hang(bench, channel):
    """As many calls to others as there may be, and none of them is answered."""
    bench.answers.may_go.clear()
    others = [await bench.accepted(channels=[channel], id=message_id_of(f"other-{n}")) for n in range(MOST_CALLS)]
    under_way = [asyncio.create_task(bench.send(other, channel)) for other in others]
    for _ in others:
        await bench.answers.called.acquire()
    return under_way


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr("channels.calls.QUICK_SECONDS", 0.05)


@on_every_channel
@pytest.mark.usefixtures("hasty")
async def test_who_is_told_later_was_not_tried_and_is_sent_when_there_is_room(bench, channel, moved):
    under_way = await all_hang(bench, channel)
    message = await bench.accepted(channels=[channel])

    step = await bench.send(message, channel)
    again = await bench.send(message, channel, turn_number=2)

    [attempt] = (await bench.record(message)).attempts
    assert (step["kind"], again["kind"]) == ("wait", "wait")
    assert (attempt.status, attempt.tries, attempt.reason.code) == ("sending", 0, "unavailable")
    assert bench.answers.calls == MOST_CALLS
    bench.answers.may_go.set()
    await asyncio.gather(*under_way)
    moved.advance(attempt.retry_at - clock.now())

    await bench.send(message, channel, turn_number=3)

    [attempt] = (await bench.record(message)).attempts
    assert (attempt.status, attempt.tries) == ("accepted", 1)


@pytest.mark.usefixtures("hasty")
async def test_the_first_call_after_being_told_later_is_no_repetition(bench, moved, monkeypatch):
    """A provider that refuses what is really a first call has refused the message."""
    under_way = await all_hang(bench, "email")
    message = await bench.accepted(channels=["email"])
    await bench.send(message, "email")
    submissions = []

    async def noted(self, submission):
        submissions.append(submission)
        return await submit(self, submission)

    submit = EmailChannel.submit
    monkeypatch.setattr(EmailChannel, "submit", noted)
    bench.answers.may_go.set()
    await asyncio.gather(*under_way)
    [attempt] = (await bench.record(message)).attempts
    moved.advance(attempt.retry_at - clock.now())
    await bench.send(message, "email", turn_number=2)

    assert [
        submission.is_repetition for submission in submissions if submission.attempt_id == attempt_id(message.id, 1)
    ] == [False]


@on_every_channel
@pytest.mark.usefixtures("hasty")
async def test_who_is_killed_at_any_step_of_being_told_later_was_told_so_once(bench, channel):
    await all_hang(bench, channel)
    for number, moment in ((number, moment) for number in range(12) for moment in ("before", "after")):
        message = await bench.accepted(channels=[channel], id=message_id_of(f"{channel}-{number}-{moment}"))
        with bench.documents.dying(number, moment), suppress(Killed):
            await bench.send(message, channel)
        steps = len(bench.documents.operations)

        step = await bench.send(message, channel)

        assert (step["kind"], await bench.send(message, channel)) == ("wait", step), (number, moment)
        [attempt] = (await bench.record(message)).attempts
        assert attempt.retry_at
        assert attempt.tries <= 1  # 1 where a call that was cut off cannot be told from one that never left
    assert bench.answers.calls == MOST_CALLS
    assert steps < 12, "one that is not killed shows that all steps were tried"


@pytest.mark.usefixtures("hasty")
async def test_being_told_later_says_nothing_of_a_call_that_was_cut_off_before(bench):
    """Otherwise it would count as never sent, and be repeated when the provider has forgotten the first call."""
    message = await bench.accepted(channels=[RouteStep("sms", ALL_DAY)])
    with bench.documents.dying(10, "before"), pytest.raises(Killed):  # the answer is not written
        await bench.send(message, "sms")
    assert await bench.effects() == [attempt_id(message.id, 1)]
    await all_hang(bench, "sms")

    await bench.send(message, "sms")

    record = await bench.record(message)
    [attempt] = record.attempts
    assert (attempt.status, attempt.tries) == ("unknown", 1)
    repeated = partial(next_step, record, ADA)
    assert repeated(attempt.retry_at).step == Send("sms", 1)
    assert repeated(attempt.repeat_until).step != Send("sms", 1)


@on_every_channel
@pytest.mark.usefixtures("hasty")
async def test_who_is_told_later_is_told_so_once_though_the_answer_of_the_write_is_lost(bench, channel, monkeypatch):
    monkeypatch.setattr("actions.turn.PAUSES_SECONDS", (0.001,))
    await all_hang(bench, channel)
    message = await bench.accepted(channels=[channel])
    replaced, lost = bench.services.messages.documents.replace, list[str]()

    async def answer_lost(container, document, *rest):
        etag = await replaced(container, document, *rest)
        if document.get("turn") and not lost:
            lost.append(etag)
            raise StoreUnavailable("the answer was lost")
        return etag

    monkeypatch.setattr(bench.services.messages.documents, "replace", answer_lost, raising=False)
    await bench.send(message, channel)

    [attempt] = (await bench.record(message)).attempts
    assert (attempt.tries, bench.rung, len(lost)) == (0, [], 1)
