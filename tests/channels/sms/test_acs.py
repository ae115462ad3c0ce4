import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from domain.messages.answers import Accepted, Refused, TryLater, Unknown
from domain.messages.message import Content
from local.environment import SMS_SENDER
from tests.channels.submissions import a_submission, channels_at, repeated

ACCEPTED = {"to": "+14255550123", "messageId": "Outgoing_1", "httpStatusCode": 202, "successful": True}


def items(*items: dict[str, Any]) -> str:
    return json.dumps({"value": items})


async def test_the_provider_is_told_the_attempt_twice_and_asked_for_a_report(scripted):
    scripted.will_answer(202, items(ACCEPTED))
    submission = a_submission("sms")
    async with channels_at(scripted.url) as channels:
        await channels["sms"].submit(submission)

    [asked] = scripted.asked
    [recipient] = asked.body["smsRecipients"]
    assert recipient == {
        "to": submission.to,
        "repeatabilityRequestId": submission.attempt_id,
        "repeatabilityFirstSent": "Sun, 22 Nov 2026 12:00:00 GMT",
    }
    assert asked.body["smsSendOptions"] == {"enableDeliveryReport": True, "tag": submission.attempt_id}
    assert (asked.body["from"], asked.body["message"]) == (SMS_SENDER, "Your parcel is here")


async def test_a_repetition_asks_for_exactly_the_same(scripted):
    scripted.will_answer(202, items(ACCEPTED))
    submission = a_submission("sms")
    async with channels_at(scripted.url) as channels:
        await channels["sms"].submit(submission)
        await channels["sms"].submit(repeated(submission))

    assert scripted.asked[0].body == scripted.asked[1].body


async def test_orders_at_the_same_moment_keep_their_own_ids(providers):
    orders = [a_submission("sms") for _ in range(10)]

    await asyncio.gather(*(providers.submit("sms", submission) for submission in orders))

    assert {row["attemptId"] for row in await providers.ledger()} == {submission.attempt_id for submission in orders}


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Refused, "rejected"),
        (401, Refused, "notAuthorized"),
        (404, Refused, "rejected"),
        (429, TryLater, "throttled"),
        (500, Unknown, "providerError"),
        (503, TryLater, "unavailable"),
    ],
)
async def test_a_failed_item_in_an_accepted_call_counts_as_its_own_status_says(status, kind, code, scripted):
    scripted.will_answer(202, items({"to": "+14255550123", "httpStatusCode": status, "successful": False}))
    async with channels_at(scripted.url) as channels:
        answer = await channels["sms"].submit(a_submission("sms"))

    assert isinstance(answer, kind)
    assert answer.reason.code == code


@pytest.mark.parametrize(
    "said",
    [items(), items(ACCEPTED, ACCEPTED), items({**ACCEPTED, "messageId": None}), items({**ACCEPTED, "messageId": ""})],
    ids=["no item", "two items", "an item without an id", "an item with an empty id"],
)
async def test_a_multi_status_that_says_nothing_of_our_message_is_no_answer(said, scripted):
    scripted.will_answer(202, said)
    async with channels_at(scripted.url) as channels:
        answer = await channels["sms"].submit(a_submission("sms"))

    assert isinstance(answer, Unknown)
    assert answer.reason.code == "noAnswer"


async def test_a_text_for_another_channel_does_not_go_out(providers):
    submission = a_submission("sms", content=Content(text="Hello", subject="Not this", html="<p>nor this</p>"))

    assert isinstance(await providers.submit("sms", submission), Accepted)
    [row] = await providers.ledger()
    assert row["content"] == {"text": "Hello"}


async def test_a_repetition_that_names_another_first_time_is_not_taken_for_the_same(providers):
    submission = a_submission("sms")
    await providers.submit("sms", submission)

    later = replace(submission, first_sent_at=submission.first_sent_at.replace(hour=13))

    assert isinstance(await providers.submit("sms", later), Refused)
    assert len(await providers.ledger()) == 1
