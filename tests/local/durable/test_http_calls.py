"""Durable HTTP calls against a real server."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from local.durable.http_calls import HTTP_ACTIVITY, next_poll
from tests.local.durable.platform import running

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def platform(tmp_path):
    async with running("calls_http", tmp_path / "data") as started:
        yield started


class Server:
    """Answers with what it is given, in order, and keeps what it was asked."""

    url: str

    def __init__(self, *answers):
        self._answers, self.requests = [*answers], []

    async def handle(self, request):
        self.requests.append((request.method, request.path, await request.text(), request.headers.get("x-mine")))
        status, headers, text = self._answers.pop(0)
        return web.Response(status=status, headers=headers, text=text)


@asynccontextmanager
async def serving(*answers):
    server = Server(*answers)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def test_the_answer_to_an_http_call_has_status_headers_and_content(platform):
    async with serving((404, {"X-Theirs": "yes"}, "not here")) as server:
        call = {"method": "POST", "uri": f"{server.url}/orders", "content": {"a": 1}, "headers": {"X-Mine": "1"}}
        instance = await platform.client.start_new("calls_once", client_input=call)
        answer = (await platform.finished(instance)).output

    assert server.requests == [("POST", "/orders", '{"a": 1}', "1")]
    assert (answer["statusCode"], answer["headers"]["X-Theirs"], answer["content"]) == (404, "yes", "not here")
    history = (await platform.client.get_status(instance, show_history=True)).historyEvents
    assert history[1]["FunctionName"] == HTTP_ACTIVITY


async def test_text_is_sent_as_json_unless_it_is_raw(platform):
    async with serving((200, {}, ""), (200, {}, "")) as server:
        for raw in (False, True):
            call = {"method": "PUT", "uri": server.url, "content": "text", "is_raw_str": raw}
            await platform.run("calls_once", call)

    assert [body for _, _, body, _ in server.requests] == ['"text"', "text"]


async def test_a_server_that_cannot_be_reached_fails_the_call(platform):
    async with serving() as server:
        pass
    output = (await platform.run("calls_and_handles", {"method": "GET", "uri": server.url})).output

    assert output.startswith("Activity function 'BuiltIn::HttpActivity' failed:  ClientConnectorError")


async def test_a_202_is_polled_by_the_host_while_the_orchestrator_has_it_already(platform, caplog):
    """As in Azure: the SDK 1.7.0 knows nothing of the polls, and takes the first answer."""
    accepted = {"Location": "/orders/1", "Retry-After": "5"}
    async with serving((202, accepted, "wait"), (202, accepted, "wait"), (200, {}, "done")) as server:
        call = {"method": "POST", "uri": f"{server.url}/orders", "content": {"a": 1}, "headers": {"X-Mine": "1"}}
        instance = await platform.client.start_new("calls_once", client_input=call)
        for _ in range(2):
            await platform.clock.until_someone_sleeps(seconds=5)
            assert (await platform.client.get_status(instance)).runtime_status.name == "Running"
            await platform.clock.advance(seconds=5)
        status = await platform.finished(instance)

    assert server.requests[1:] == [("GET", "/orders/1", "", "1")] * 2
    assert status.output["statusCode"] == 202
    assert "misreads: the host polls on after a 202" in caplog.text


def a_202(**headers):
    return f'{{"statusCode":202,"headers":{{"location":"https://example.com/1","Retry-After":"{headers["after"]}"}}}}'


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("7", NOON + timedelta(seconds=7)),
        (format_datetime(NOON + timedelta(minutes=1), usegmt=True), NOON + timedelta(minutes=1)),
        ("soon", NOON + timedelta(seconds=30)),
    ],
)
def test_the_server_says_when_to_poll_again(after, due):
    request = {"method": "POST", "uri": "https://example.com", "content": "x"}

    assert next_poll(request, a_202(after=after), NOON) == ({"method": "GET", "uri": "https://example.com/1"}, due)


@pytest.mark.parametrize(
    "result", ['{"statusCode":200,"headers":{"Location":"/1"}}', '{"statusCode":202,"headers":{}}', None]
)
def test_other_answers_stand(result):
    assert next_poll({"method": "GET", "uri": "https://example.com"}, result, NOON) is None


def test_a_request_may_ask_not_to_be_polled():
    request = {"method": "GET", "uri": "https://example.com", "asynchronousPatternEnabled": False}

    assert next_poll(request, a_202(after="1"), NOON) is None
