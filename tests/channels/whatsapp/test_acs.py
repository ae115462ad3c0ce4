import json

import pytest

from domain.messages.answers import Accepted, Unknown
from local.environment import WHATSAPP_CHANNEL_ID
from tests.channels.submissions import a_submission, channels_at, repeated

TAKEN = json.dumps({"receipts": [{"messageId": "3f870487-d59e-4c01-82dd-46b9d388aa9d", "to": "+14255550123"}]})


async def test_the_provider_is_told_the_attempt_and_its_first_time(scripted):
    scripted.will_answer(202, TAKEN)
    submission = a_submission("whatsapp")
    async with channels_at(scripted.url) as channels:
        answer = await channels["whatsapp"].submit(submission)

    [asked] = scripted.asked
    assert answer == Accepted("3f870487-d59e-4c01-82dd-46b9d388aa9d")
    assert asked.headers["repeatability-request-id"] == submission.attempt_id
    assert asked.headers["repeatability-first-sent"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert asked.body == {
        "kind": "text",
        "channelRegistrationId": WHATSAPP_CHANNEL_ID,
        "to": [submission.to],
        "content": "Your parcel is here",
    }


async def test_a_repetition_asks_for_exactly_the_same(scripted):
    scripted.will_answer(202, TAKEN)
    submission = a_submission("whatsapp")
    async with channels_at(scripted.url) as channels:
        await channels["whatsapp"].submit(submission)
        await channels["whatsapp"].submit(repeated(submission))

    first, second = scripted.asked
    names = ("repeatability-request-id", "repeatability-first-sent")
    assert [first.headers[name] for name in names] == [second.headers[name] for name in names]
    assert first.body == second.body


@pytest.mark.parametrize("said", ['{"receipts": []}', "{}", '{"receipts": null}'])
async def test_an_answer_without_a_receipt_is_no_answer(said, scripted):
    scripted.will_answer(202, said)
    async with channels_at(scripted.url) as channels:
        answer = await channels["whatsapp"].submit(a_submission("whatsapp"))

    assert isinstance(answer, Unknown)
