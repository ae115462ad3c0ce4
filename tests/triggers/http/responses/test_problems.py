"""How errors leave the API: RFC 9457, each of its own type, in words of ours, with the id of its request."""

import ast
import json
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import azure.functions as func
import pytest

from actions.workflow import WorkflowUnavailable
from domain.errors import (
    Conflict,
    FieldCode,
    InvalidMessage,
    LandfallError,
    Mistake,
    NotAllowed,
    NotAuthenticated,
    StoreUnavailable,
    TooMany,
)
from settings import BrokenSettings
from triggers.http.gate import allow_anybody
from triggers.http.responses.problem_types import FIELD_CODES, PROBLEM_TYPES, ProblemCode
from triggers.http.responses.problems import problem

ROOT = Path(__file__).parents[4]
TRACE = "0af7651916cd43dd8448eb211c80319c"
OURS = re.compile("[0-9a-f]{32}")


async def told(error: Exception, traceparent: str = f"00-{TRACE}-b7ad6b7169203331-01") -> func.HttpResponse:
    """The answer of an endpoint in which this is raised."""

    @allow_anybody
    async def endpoint(req: func.HttpRequest) -> func.HttpResponse:
        raise error

    return await endpoint(
        req=func.HttpRequest("GET", "/api/messages/1", headers={"traceparent": traceparent}, body=b"")
    )


async def test_mistakes_are_told_field_by_field():
    answer = await told(
        InvalidMessage(("to.sms", "format", "must be a phone number"), ("message", "empty", "must not be empty"))
    )

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert json.loads(answer.get_body()) == {
        "type": "/api/docs/errors#invalidRequest",
        "title": "Fields of the request are at fault",
        "status": 400,
        "requestId": TRACE,
        "errors": [
            {"field": "to.sms", "code": "format", "reason": "must be a phone number"},
            {"field": "message", "code": "empty", "reason": "must not be empty"},
        ],
    }


@pytest.mark.parametrize("mistake", get_args(Mistake))
async def test_a_mistake_has_the_status_it_deserves_in_header_and_body(mistake):
    answer = await told(InvalidMessage(("customerId", "unknown", "is not on file"), mistake=mistake))

    status = PROBLEM_TYPES[mistake].status
    assert (answer.status_code, json.loads(answer.get_body())["status"]) == (status, status)
    assert 400 <= status < 500


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotAuthenticated("x"), 401), (NotAllowed("x"), 403), (TooMany("sends", timedelta(seconds=2.5)), 429)],
)
async def test_a_caller_who_may_not_is_told_so_with_the_reason(error, status):
    answer = await told(error)

    assert answer.status_code == status
    assert json.loads(answer.get_body())["detail"] == str(error)
    assert answer.headers.get("Retry-After") == ("3" if status == 429 else None)


@pytest.mark.parametrize("fault", [StoreUnavailable, WorkflowUnavailable])
async def test_what_is_away_makes_a_503_that_does_not_say_what(fault):
    answer = await told(fault("db-7.example.com"))

    assert answer.status_code == 503
    assert b"db-7" not in answer.get_body()


async def test_a_broken_setting_makes_a_503_that_names_it():
    answer = await told(BrokenSettings("SMS_SENDER: is missing"))

    assert answer.status_code == 503
    assert json.loads(answer.get_body())["detail"] == "SMS_SENDER: is missing"


@pytest.mark.parametrize("bug", [LandfallError("KeyError at x.py:1"), Conflict("x"), ZeroDivisionError("x")])
async def test_a_bug_is_left_to_the_host(bug):
    with pytest.raises(LandfallError):
        await told(bug)


# the id of a request


@pytest.mark.parametrize("traceparent", ["", "x", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE}"])
async def test_a_request_outside_of_any_trace_has_an_id_of_its_own(traceparent):
    ids = [json.loads((await told(StoreUnavailable("x"), traceparent)).get_body())["requestId"] for _ in range(2)]

    assert all(OURS.fullmatch(each) for each in ids)
    assert ids[0] != ids[1]


async def test_answer_header_and_log_lines_name_the_same_request(caplog):
    caplog.set_level(logging.INFO)

    answer = await told(StoreUnavailable("x"), "")

    request_id = json.loads(answer.get_body())["requestId"]
    assert answer.headers["X-Request-Id"] == request_id
    assert [json.loads(line)["requestId"] for line in caplog.messages] == [request_id, request_id]


async def test_a_good_answer_names_its_request_and_what_follows_is_outside_of_it(caplog):
    caplog.set_level(logging.INFO)

    @allow_anybody
    async def endpoint(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("")

    answer = await endpoint(req=func.HttpRequest("GET", "/api/messages/1", body=b""))
    problem("messageNotFound")

    assert OURS.fullmatch(answer.headers["X-Request-Id"])
    assert "requestId" not in json.loads(caplog.messages[-1])


# the closed lists


def test_every_type_of_problem_and_every_code_of_a_field_is_described_and_used():
    in_code = {
        node.value
        for part in ("triggers", "actions", "domain")
        for file in (ROOT / part).rglob("*.py")
        if file.name not in ("problem_types.py", "errors.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert set(PROBLEM_TYPES) == {code for codes in get_args(ProblemCode) for code in get_args(codes)}
    assert set(FIELD_CODES) == set(get_args(FieldCode))
    assert {*PROBLEM_TYPES, *FIELD_CODES} - in_code == {"invalidRequest"}  # which is what is told of unless said


@pytest.mark.parametrize(
    "file",
    [
        "triggers/http/requests/fields.py",
        "triggers/http/requests/request_bodies.py",
        "triggers/http/requests/access_bodies.py",
        "domain/texts.py",
        "domain/durations.py",
    ],
)
def test_whatever_refuses_a_value_names_a_code(file):
    raised = re.findall(r"raise (\w+)", (ROOT / file).read_text())

    assert raised
    assert set(raised) <= {"InvalidValue", "InvalidMessage"}
