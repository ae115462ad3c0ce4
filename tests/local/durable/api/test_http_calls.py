"""Durable HTTP calls against a real server."""

import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from local.durable.api.http_calls import HTTP_ACTIVITY
from tests.local.durable.platform import running

VAULT = "https://vault.example.com"
"""For what the app `calls_http` wants a token."""


@pytest.fixture
async def platform(tmp_path):
    async with running("calls_http", tmp_path / "data") as started:
        yield started


class Server:
    """Answers with what it is given, in order, and keeps what it was asked."""

    url: str

    def __init__(self, *answers):
        self._answers = [*answers]
        self.requests, self.queries, self.tokens = [], [], []

    async def handle(self, request):
        self.requests.append((request.method, request.path, await request.text(), request.headers.get("x-mine")))
        self.queries.append(dict(request.query))
        self.tokens.append(request.headers.get("Authorization"))
        status, headers, text = self._answers.pop(0)
        return web.Response(status=status, headers=headers, body=text.encode())


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
    try:
        yield server
    finally:
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


async def test_a_202_reaches_the_orchestrator_and_nobody_polls_it(platform):
    """Python's SDK does not ask the host to poll, and would not expect its polls."""
    async with serving((202, {"Location": "/orders/1", "Retry-After": "1"}, "wait")) as server:
        answer = (await platform.run("calls_once", {"method": "POST", "uri": f"{server.url}/orders"})).output

    assert (answer["statusCode"], answer["headers"]["Location"]) == (202, "/orders/1")
    assert len(server.requests) == 1


async def test_a_call_takes_the_token_of_the_identity_at_hand(platform, monkeypatch):
    """azure-identity finds the managed identity of App Service where these two variables say."""
    token = {"access_token": "t-1", "expires_on": "4102444800", "resource": VAULT, "token_type": "Bearer"}
    answer = (200, {"Content-Type": "application/json"}, json.dumps(token))
    async with serving(answer) as identity, serving((200, {}, "the secret")) as vault:
        monkeypatch.setenv("IDENTITY_ENDPOINT", identity.url)
        monkeypatch.setenv("IDENTITY_HEADER", "h")
        assert (await platform.run("calls_as_itself", vault.url)).output == "the secret"

    assert identity.queries == [{"api-version": "2019-08-01", "resource": VAULT}]
    assert vault.tokens == ["Bearer t-1"]


async def test_a_call_without_any_identity_fails_and_says_how_to_log_in(platform, monkeypatch):
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")  # and so not whoever runs this test
    async with serving() as vault:
        output = (await platform.run("calls_as_itself", vault.url)).output

    assert f"no token for the resource {VAULT}" in output
    assert "az login" in output
    assert vault.requests == []
