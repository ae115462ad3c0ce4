"""How errors leave the API: RFC 9457, by status, in words of ours."""

import json

import azure.functions as func
import pytest

from activities.workflow import WorkflowUnavailable
from delivery.errors import Conflict, InvalidMessage, LandfallError, StoreUnavailable
from settings import BrokenSettings
from triggers.problems import problem, with_problems


async def told(error: Exception) -> func.HttpResponse:
    """The answer of an endpoint in which this is raised."""

    @with_problems
    async def endpoint(req: func.HttpRequest) -> func.HttpResponse:
        raise error

    return await endpoint(func.HttpRequest("GET", "/api/messages/1", body=b""))


async def test_mistakes_are_told_field_by_field():
    answer = await told(InvalidMessage(("to.sms", "must be a phone number"), ("message", "must not be empty")))

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert json.loads(answer.get_body()) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "errors": [
            {"field": "to.sms", "reason": "must be a phone number"},
            {"field": "message", "reason": "must not be empty"},
        ],
    }


@pytest.mark.parametrize("status", [404, 409, 413, 415, 422])
async def test_a_mistake_has_the_status_it_deserves_in_header_and_body(status):
    answer = await told(InvalidMessage(("Idempotency-Key", "was used for another message"), status=status))

    assert (answer.status_code, json.loads(answer.get_body())["status"]) == (status, status)


@pytest.mark.parametrize("fault", [StoreUnavailable, WorkflowUnavailable])
async def test_what_is_away_makes_a_503_that_does_not_say_what(fault):
    answer = await told(fault("db-7.example.com"))

    assert answer.status_code == 503
    assert b"db-7" not in answer.get_body()


async def test_a_broken_setting_makes_a_503_that_names_it():
    answer = await told(BrokenSettings("SMS_SENDER: is missing"))

    assert answer.status_code == 503
    assert json.loads(answer.get_body())["detail"].endswith("SMS_SENDER: is missing")


@pytest.mark.parametrize("bug", [LandfallError("KeyError at x.py:1"), Conflict("x"), ZeroDivisionError("x")])
async def test_a_bug_is_left_to_the_host(bug):
    with pytest.raises(type(bug)):
        await told(bug)


def test_a_problem_without_more_to_say_has_its_title():
    assert json.loads(problem(404).get_body()) == {"type": "about:blank", "title": "Not Found", "status": 404}
