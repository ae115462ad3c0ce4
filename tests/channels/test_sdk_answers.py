"""The table of answers, through the app's own SDK clients and a provider that says what the test wants."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from channels.sdk_answers import ANSWERS
from domain import clock
from domain.messages.answers import Accepted, Refused, TryLater, Unknown
from tests.channels.submissions import CHANNELS, a_submission, channels_at

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ERROR = json.dumps({"error": {"code": "No", "message": "Nothing for ada@example.com and +14255550123."}})
on_every_channel = pytest.mark.parametrize("channel", CHANNELS)


@pytest.fixture
def noon(monkeypatch):
    """It is noon, for the whole test."""
    monkeypatch.setattr(clock, "source", lambda: NOON)


async def answered(scripted, channel):
    async with channels_at(scripted.url) as channels:
        return await channels[channel].submit(a_submission(channel))


@on_every_channel
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Refused, "rejected"),
        (401, Refused, "notAuthorized"),
        (403, Refused, "notAuthorized"),
        (404, Refused, "rejected"),
        (408, Unknown, "noAnswer"),
        (409, Refused, "rejected"),
        (413, Refused, "tooLong"),
        (418, Refused, "rejected"),
        (429, TryLater, "throttled"),
        (499, Refused, "rejected"),
        (500, Unknown, "providerError"),
        (501, Unknown, "providerError"),
        (502, Unknown, "noAnswer"),
        (503, TryLater, "unavailable"),
        (504, Unknown, "noAnswer"),
        (599, Unknown, "providerError"),
    ],
)
async def test_an_error_counts_as_the_table_says_and_the_nearest_row_where_it_is_silent(
    channel, status, kind, code, scripted
):
    scripted.will_answer(status, ERROR)

    answer = await answered(scripted, channel)

    assert isinstance(answer, kind)
    assert answer.reason.code == code
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_retry_after_is_waited_for(status, scripted, noon):
    scripted.will_answer(status, ERROR, Retry_After="Sunday, 22-Nov-26 12:00:30 GMT")

    assert await answered(scripted, "sms") == TryLater(ANSWERS[status][1], timedelta(seconds=30))


@pytest.mark.parametrize("retry_after", ["99999999999999999999", "Sun, 22 Nov 9998 12:00:00 GMT"])
async def test_no_retry_after_holds_a_message_longer_than_the_longest_timeout(retry_after, scripted, noon):
    scripted.will_answer(429, ERROR, Retry_After=retry_after)

    assert await answered(scripted, "sms") == TryLater(ANSWERS[429][1], timedelta(hours=72))


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize("body", ["<html>", "{", "", "null", "[]", "17", "{}"])
async def test_a_success_that_cannot_be_read_may_have_sent_the_message(channel, body, scripted):
    scripted.will_answer(202, body)

    answer = await answered(scripted, channel)

    assert isinstance(answer, Unknown)
    assert answer.reason.code == "noAnswer"


@pytest.mark.parametrize("body", ["", "null", "{}"])
async def test_an_email_is_accepted_by_the_status_alone_since_its_id_is_ours(body, scripted):
    scripted.will_answer(202, body)

    assert isinstance(await answered(scripted, "email"), Accepted)


@on_every_channel
async def test_a_success_cut_off_in_the_middle_may_have_sent_the_message(channel, scripted):
    scripted.will_answer(202, '{"value": [', length=500)

    assert isinstance(await answered(scripted, channel), Unknown)


@on_every_channel
async def test_a_connection_closed_without_a_word_may_have_sent_the_message(channel, scripted):
    scripted.will_hang_up()

    assert isinstance(await answered(scripted, channel), Unknown)


@on_every_channel
@pytest.mark.parametrize("status", [200, 204, 301])
async def test_a_status_that_the_provider_does_not_document_is_no_answer(channel, status, scripted):
    scripted.will_answer(status, "{}")

    assert isinstance(await answered(scripted, channel), Unknown)


@on_every_channel
@pytest.mark.parametrize("status", [400, 429, 500])
async def test_what_the_provider_says_in_its_own_words_goes_no_further(channel, status, scripted):
    scripted.will_answer(status, ERROR)

    told = repr(await answered(scripted, channel))

    assert "example.com" not in told
    assert "+1425" not in told
