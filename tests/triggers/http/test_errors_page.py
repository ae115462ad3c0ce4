"""Where the `type` of a problem leads."""

from html.parser import HTMLParser

import pytest

from tests.platform import a_platform
from triggers.http.responses.problem_types import FIELD_CODES, PROBLEM_TYPES


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


class Ids(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == "id"]


async def test_the_type_of_a_problem_leads_to_its_row_on_a_page_of_the_app(platform):
    problem = (await platform.call("GET", "/api/messages/nothing")).body

    page, _, code = problem["type"].partition("#")
    answer = await platform.call("GET", page)

    assert code == "messageNotFound"
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert sorted(Ids(answer.body).found) == sorted([*PROBLEM_TYPES, *FIELD_CODES])
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")


async def test_the_problem_its_header_and_the_callers_trace_name_one_request(platform):
    trace = "0af7651916cd43dd8448eb211c80319c"

    answer = await platform.call(
        "GET", "/api/messages/nothing", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    )

    assert (answer.body["requestId"], answer.headers["X-Request-Id"]) == (trace, trace)
