"""How every channel handles its provider's responses: the app's own SDK clients against the stand-ins."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.calls import bounded
from channels.sdk_answers import no_answer
from domain.messages.answers import Accepted, Refused, TryLater, Unknown
from tests.channels.submissions import CHANNELS, a_hasty_client, a_submission, channels_at, repeated

on_every_channel = pytest.mark.parametrize("channel", CHANNELS)
ANOTHER_KEY = base64.b64encode(b"not the key of the stand-ins").decode()


@on_every_channel
async def test_what_the_provider_takes_is_accepted_under_the_id_that_its_reports_carry(channel, providers):
    submission = a_submission(channel)

    answer = await providers.submit(channel, submission)

    [row] = await providers.ledger()
    assert answer == Accepted(row["providerMessageId"])
    assert (row["attemptId"], row["to"], row["content"]["text"]) == (
        submission.attempt_id,
        submission.to,
        submission.content.text,
    )


@on_every_channel
async def test_an_order_given_twice_is_one_message_with_one_answer(channel, providers):
    submission = a_submission(channel)

    first = await providers.submit(channel, submission)

    assert await providers.submit(channel, repeated(submission)) == first
    assert len(await providers.ledger()) == 1


@on_every_channel
async def test_two_attempts_with_the_same_text_are_two_messages(channel, providers):
    await providers.submit(channel, a_submission(channel))
    await providers.submit(channel, a_submission(channel))

    assert len(await providers.ledger()) == 2


@on_every_channel
async def test_an_address_that_the_provider_rejects_is_refused(channel, providers):
    answer = await providers.submit(channel, a_submission(channel, "rejected"))

    assert isinstance(answer, Refused)
    assert answer.reason.code == "rejected"
    assert await providers.ledger() == []


@on_every_channel
async def test_a_provider_that_asks_to_slow_down_is_tried_again_when_it_says(channel, providers):
    submission = a_submission(channel, "throttled")

    answers = [await providers.submit(channel, repeated(submission)) for _ in range(3)]

    assert [type(answer) for answer in answers] == [TryLater, TryLater, Accepted]
    assert (answers[0].reason.code, answers[0].after) == ("throttled", timedelta(seconds=1))
    assert len(await providers.ledger()) == 1


@on_every_channel
async def test_a_provider_that_is_not_available_is_tried_again(channel, providers):
    submission = a_submission(channel, "flaky")

    answers = [await providers.submit(channel, repeated(submission)) for _ in range(3)]

    assert [type(answer) for answer in answers] == [TryLater, TryLater, Accepted]
    assert (answers[0].reason.code, answers[0].after) == ("unavailable", timedelta())


@on_every_channel
async def test_after_a_cut_connection_nobody_knows_until_the_order_is_repeated(channel, providers):
    submission = a_submission(channel, "dropped")

    answer = await providers.submit(channel, submission)

    assert isinstance(answer, Unknown)
    assert answer.reason.code == "noAnswer"
    assert isinstance(await providers.submit(channel, repeated(submission)), Accepted)
    assert len(await providers.ledger()) == 1


@on_every_channel
async def test_when_nobody_listens_nothing_has_left(channel, scripted):
    await scripted.stop()
    async with channels_at(scripted.url) as channels:
        answer = await channels[channel].submit(a_submission(channel))

    assert isinstance(answer, TryLater)
    assert answer.reason.code == "unavailable"


@on_every_channel
async def test_a_wrong_key_is_refused_as_such(channel, providers):
    async with channels_at(providers.url, ANOTHER_KEY) as channels:
        answer = await channels[channel].submit(a_submission(channel))

    assert isinstance(answer, Refused)
    assert answer.reason.code == "notAuthorized"
    assert await providers.ledger() == []


@on_every_channel
async def test_a_provider_that_takes_too_long_may_have_sent_the_message(channel, providers):
    await providers.order_fault(channel, "hold")
    hasty = replace(providers.channels[channel], client=a_hasty_client(channel, providers.url))

    answer = await hasty.submit(a_submission(channel))

    await hasty.client.close()
    assert isinstance(answer, Unknown)
    assert answer.reason.code == "noAnswer"


@on_every_channel
async def test_an_answer_that_trickles_for_ever_is_broken_off_though_the_provider_is_never_silent(
    channel, scripted, monkeypatch
):
    scripted.will_trickle()
    monkeypatch.setattr("channels.calls.LONGEST_CALL_SECONDS", 0.5)
    async with channels_at(scripted.url) as channels:
        hasty = replace(channels[channel], client=a_hasty_client(channel, scripted.url))

        answer = await bounded(hasty.submit(a_submission(channel)), no_answer())

    await hasty.client.close()
    assert answer == no_answer()
    assert len(scripted.asked) == 1
