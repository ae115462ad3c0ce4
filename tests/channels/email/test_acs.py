import json
from dataclasses import replace

import pytest

from domain.messages.answers import Accepted, Refused, TryLater, Unknown
from domain.messages.message import Content
from local.environment import EMAIL_SENDER
from tests.channels.submissions import PARCEL, a_submission, channels_at, repeated

RUNNING = json.dumps({"id": "00000000-0000-4000-8000-000000000000", "status": "Running"})


async def test_subject_text_and_html_arrive(providers):
    await providers.submit("email", a_submission("email"))

    [row] = await providers.ledger()
    assert row["content"] == {"subject": PARCEL.subject, "text": PARCEL.text, "html": PARCEL.html}


async def test_an_email_without_a_subject_takes_the_one_in_the_settings(providers):
    await providers.submit("email", a_submission("email", content=Content(html="<p>Hello</p>")))

    [row] = await providers.ledger()
    assert row["content"] == {"subject": "A message for you", "html": "<p>Hello</p>"}


async def test_the_attempt_id_is_the_operation_id_and_one_request_is_all(scripted):
    scripted.will_answer(202, RUNNING, Operation_Location=f"{scripted.url}/emails/operations/1", Retry_After="0")
    submission = a_submission("email")
    async with channels_at(scripted.url) as channels:
        answer = await channels["email"].submit(submission)

    [asked] = scripted.asked
    assert answer == Accepted(submission.attempt_id)
    assert asked.line.startswith("POST /emails:send?")
    assert asked.headers["operation-id"] == submission.attempt_id
    assert asked.body["senderAddress"] == EMAIL_SENDER
    assert asked.body["recipients"] == {"to": [{"address": submission.to}]}


async def test_a_repetition_asks_for_exactly_the_same(scripted):
    scripted.will_answer(202, RUNNING)
    submission = a_submission("email")
    async with channels_at(scripted.url) as channels:
        await channels["email"].submit(submission)
        await channels["email"].submit(repeated(submission))

    first, second = scripted.asked
    assert (first.body, first.headers["operation-id"]) == (second.body, second.headers["operation-id"])


async def test_a_repetition_refused_because_its_id_is_taken_may_be_on_its_way(providers):
    submission = a_submission("email")
    await providers.submit("email", submission)

    answer = await providers.submit("email", replace(repeated(submission), content=Content(text="Another text")))

    assert isinstance(answer, Unknown)
    assert answer.reason.code == "noAnswer"
    assert len(await providers.ledger()) == 1


@pytest.mark.parametrize(("status", "code"), [(401, "notAuthorized"), (403, "notAuthorized"), (413, "tooLong")])
async def test_a_repetition_refused_for_another_cause_is_refused(status, code, scripted):
    scripted.will_answer(status, '{"error": {"code": "No", "message": "No."}}')
    async with channels_at(scripted.url) as channels:
        answer = await channels["email"].submit(repeated(a_submission("email")))

    assert isinstance(answer, Refused)
    assert answer.reason.code == code


# what became of an email that nobody reported


def operation(status: str, code: str = "") -> str:
    return json.dumps({"id": "1", "status": status, **({"error": {"code": code, "message": "ada@…"}} if code else {})})


async def why_failed(scripted):
    async with channels_at(scripted.url) as channels:
        told = await channels["email"].why_failed("8a9d8b3c-7f7c-4c39-9f0d-0f0f0f0f0f0f")
    return "ask again" if isinstance(told, TryLater) else told.code if told else None


async def test_an_operation_is_asked_for_under_the_attempt_id(scripted):
    scripted.will_answer(200, operation("Failed", "EmailDropped"))

    assert await why_failed(scripted) == "providerError"
    [asked] = scripted.asked
    assert asked.line.startswith("GET /emails/operations/8a9d8b3c-7f7c-4c39-9f0d-0f0f0f0f0f0f?api-version=2025-09-01 ")
    assert "authorization" in asked.headers


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        ("Failed", "EmailDroppedAllRecipientsSuppressed", "bounced"),
        ("Canceled", "", "providerError"),
        ("Succeeded", "", None),  # handed over: whether it arrived is another matter
        ("Running", "", None),
        ("SomethingNew", "", None),
    ],
)
async def test_only_a_failed_operation_is_a_failure(scripted, status, code, reason):
    scripted.will_answer(200, operation(status, code))

    assert await why_failed(scripted) == reason


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_of_an_operation_that_the_service_does_not_know_nothing_is_known(scripted, status):
    scripted.will_answer(status, operation("Failed", "EmailDropped"))

    assert await why_failed(scripted) is None


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503, 504])
async def test_a_question_that_nobody_has_answered_is_asked_again(scripted, status):
    scripted.will_answer(status, operation("Failed", "EmailDropped"), Retry_After="3600")

    assert await why_failed(scripted) == "ask again"


@pytest.mark.parametrize("body", ["[]", "null", '{"status": 7}'])
async def test_an_operation_that_says_nothing_teaches_nothing(scripted, body):
    scripted.will_answer(200, body)

    assert await why_failed(scripted) is None


@pytest.mark.parametrize("body", ["", "{"])
async def test_an_answer_that_is_cut_off_is_asked_for_again(scripted, body):
    scripted.will_answer(200, body)

    assert await why_failed(scripted) == "ask again"


async def test_a_provider_that_hangs_up_on_the_question_is_asked_again(scripted):
    scripted.will_hang_up()

    assert await why_failed(scripted) == "ask again"


async def test_a_provider_that_cannot_be_reached_is_asked_again(scripted):
    await scripted.stop()

    assert await why_failed(scripted) == "ask again"
