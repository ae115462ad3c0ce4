import gzip
import json
import logging
import re
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
from yarl import URL

from tests.local.durable.platform import running


@pytest.fixture
async def http(tmp_path) -> AsyncIterator[aiohttp.ClientSession]:
    async with running("web", tmp_path) as platform, aiohttp.ClientSession(platform.host.url) as session:
        yield session


async def test_a_function_sees_the_request_as_it_was_made(http):
    headers = {"X-Test": "here", "Host": "example.com:8080"}
    async with http.post("/api/Echo/W%C3%B6rd/-7?a=1", data="tëxt", headers=headers) as answer:
        seen = await answer.json()

    assert (answer.status, answer.headers["X-Answer"], answer.content_type) == (200, "yes", "application/json")
    assert seen == {
        "method": "POST",
        "url": "http://example.com:8080/api/Echo/W%C3%B6rd/-7?a=1",
        "query": {"a": "1"},
        "route": {"word": "Wörd", "number": "-7"},
        "header": "here",
        "body": "tëxt",
        "function": "echo",
        "has_id": True,
    }


async def test_a_literal_wins_over_a_parameter_and_sync_functions_run_in_threads(http):
    async with http.patch("/api/echo/word/special") as answer:
        assert (await answer.text()).startswith("PATCH on thread function")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/echo/word/1"),
        ("POST", "/api/echo/word/seven"),
        ("POST", "/api/echo/word"),
        ("GET", "/api"),
        ("GET", "/echo/word/1"),
    ],
)
async def test_an_unknown_route_or_method_is_an_empty_404(http, method, path):
    async with http.request(method, path) as answer:
        assert (answer.status, await answer.read()) == (404, b"")


async def test_the_root_leads_to_what_can_be_looked_at(http):
    async with http.get("/") as answer:
        page = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    links = re.findall(r'href="([^"]*)"', page)
    assert "/api/who_am_i" in links
    for link in links:
        async with http.get(link) as answer:
            assert answer.status != 404, link


async def test_the_root_takes_no_other_method(http):
    async with http.post("/") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(("path", "rest"), [("a/b.txt", "a/b.txt"), ("", "none")])
async def test_a_rest_parameter_takes_every_segment(http, path, rest):
    async with http.get(f"/api/files/{path}") as answer:
        assert await answer.text() == rest


WSGI = """
import azure.functions as func


def hello(environ, start_response):
    start_response("201 Created", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode(), b" ", environ["wsgi.input"].read()]


app = func.WsgiFunctionApp(app=hello, http_auth_level=func.AuthLevel.ANONYMOUS)
"""


async def test_an_app_of_another_framework_answers_below_the_prefix(tmp_path):
    (tmp_path / "function_app.py").write_text(WSGI)
    async with (
        running(str(tmp_path), tmp_path / "data") as platform,
        aiohttp.ClientSession(platform.host.url) as http,
        http.post("/api/any/where", data="body") as answer,
    ):
        assert (answer.status, await answer.text()) == (201, "/api/any/where body")


async def test_values_of_one_name_are_joined_and_empty_ones_of_the_query_left_out(http):
    headers = [("X-Test", "a"), ("X-Test", "b")]
    async with http.post("/api/echo/word/1?a=1&a=2&b=&c", headers=headers) as answer:
        seen = await answer.json()

    assert (seen["query"], seen["header"]) == ({"a": "1,2"}, "a,b")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("a%2Fb", "a%2Fb"),
        ("a%2fb", "a%2fb"),
        ("a%252Fb", "a%2Fb"),
        ("100%25", "100%"),
        ("a%2541", "a%41"),
        ("a+b%20c%2Bd", "a+b c+d"),
        ("W%C3%B6rd", "Wörd"),
        ("%F0%9F%8E%81", "🎁"),
        ("%ff", "%FF"),
        ("a%C3%28", "a%C3("),
        ("%C3%2F", "%C3%2F"),
        ("%ED%A0%80", "%ED%A0%80"),
        ("%C0%AF", "%C0%AF"),
        ("100%", "100%"),
        ("a%5Cb", "a\\b"),
        ("b/%2E%2E/a", "a"),
        ("%2E/a", "a"),
    ],
)
async def test_a_route_parameter_is_decoded_once_but_for_a_slash_and_what_is_no_utf_8(http, path, word):
    async with http.post(URL(f"/api/echo/{path}/1", encoded=True)) as answer:
        assert (await answer.json())["route"]["word"] == word


async def test_a_null_character_in_a_path_is_400_by_the_server(http):
    async with http.post(URL("/api/echo/a%00/1", encoded=True)) as answer:
        assert (answer.status, await answer.read()) == (400, b"")


async def test_a_body_comes_as_it_was_sent_though_it_is_compressed(http):
    body = gzip.compress(b"{}")
    async with http.post("/api/bytes_back", data=body, headers={"Content-Encoding": "gzip"}) as answer:
        assert (answer.status, await answer.read()) == (201, body)


async def test_bodies_are_bytes_both_ways(http):
    body = bytes(range(256))
    async with http.post("/api/bytes_back", data=body) as answer:
        assert (answer.status, await answer.read()) == (201, body)


async def test_an_exception_is_an_empty_500_and_in_the_log(http, caplog):
    async with http.post("/api/explode") as answer:
        assert (answer.status, await answer.read()) == (500, b"")
    assert "Executed 'Functions.explode' (Failed" in caplog.text
    assert "ValueError: it does not work" in caplog.text


async def test_a_function_that_returns_nothing_answers_500_as_the_worker_cannot_encode_it(http, caplog):
    async with http.post("/api/says_nothing") as answer:
        assert answer.status == 500
    assert "'Functions.says_nothing' returned a NoneType, no HTTP response" in caplog.text


async def test_an_event_whose_function_returns_something_has_failed(http, caplog):
    """Nothing takes what it returns, so the worker calls that a failure, and Event Grid brings the event again."""
    event = {"id": "1", "subject": "s", "eventType": "t", "eventTime": "2030-01-01T12:00:00Z", "data": {}}
    async with http.post("/runtime/webhooks/EventGrid?functionName=echo_event", json=[event]) as answer:
        assert answer.status == 500
    assert "function 'echo_event' without a $return binding returned a non-None value" in caplog.text


async def test_an_event_arrives_as_text_if_that_is_how_the_function_takes_it(http):
    event = {"id": "as text", "eventTime": "2030-01-01T12:00:00Z", "data": {}}
    async with http.post("/runtime/webhooks/EventGrid?functionName=take_text", json=[event]) as answer:
        assert answer.status == 202
    assert ("str", event) in sys.modules["function_app"].handled


async def test_a_function_learns_about_its_call(http):
    async with http.get("/api/who_am_i") as answer:
        told = json.loads(await answer.text())

    assert told == {
        "name": "who_am_i",
        "has_its_file": True,
        "trace_parent": "",
        "retry_count": 0,
        "has_thread_local_storage": True,
    }


async def test_a_disabled_function_is_neither_called_nor_found_but_listed(tmp_path, monkeypatch):
    monkeypatch.setenv("AzureWebJobs.special.Disabled", "1")
    monkeypatch.setenv("AzureWebJobs.echo.Disabled", "false")
    monkeypatch.setenv("AzureWebJobs.record_event.Disabled", "True")
    async with running("web", tmp_path) as platform:
        assert (await platform.post("/api/echo/word/special", {}))[0] == 404
        assert (await platform.post("/api/echo/word/1", {}))[0] == 200
        assert (await platform.post("/runtime/webhooks/EventGrid?functionName=record_event", {}))[0] == 404
        listed = {function["name"]: function["isDisabled"] for function in await platform.get("/admin/functions")}

    assert [name for name, is_disabled in listed.items() if is_disabled] == ["special", "record_event"]


async def test_neither_bodies_nor_queries_nor_route_parameters_are_logged(http, caplog):
    caplog.set_level(logging.DEBUG)
    async with http.post("/api/echo/secret/1?a=secret", data="secret"):
        pass
    assert "Executed 'Functions.echo' (Succeeded" in caplog.text
    assert "secret" not in caplog.text


async def test_a_body_that_comes_in_chunks_without_a_length_is_dropped_as_in_azure(http, caplog):
    async def chunks():
        yield b"a bo"
        yield b"dy"

    async with http.post("/api/bytes_back", data=chunks()) as answer:
        assert (answer.status, await answer.read()) == (201, b"")
    assert "came without a Content-Length" in caplog.text


async def test_the_host_tells_that_it_runs(http):
    async with http.get("/admin/host/status") as answer:
        assert (await answer.json())["state"] == "Running"


def grid_event(number, **data):
    return {
        "id": f"event-{number}",
        "topic": "/topic",
        "subject": "subject",
        "eventType": "Example.Happened",
        "eventTime": "2030-01-01T12:00:00.1234567Z",
        "dataVersion": "1.0",
        "data": data,
    }


def cloud_event(number, **data):
    return {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "/source",
        "type": "Example.Happened",
        "time": "2030-01-01T12:00:00Z",
        "data": data,
    }


@pytest.fixture
def handled(http):
    """The events that the function has recorded."""
    return sys.modules["function_app"].handled


WEBHOOK = "/runtime/webhooks/EventGrid?functionName=Record_Event"


@pytest.mark.parametrize("make", [grid_event, cloud_event])
async def test_events_come_one_by_one_alone_or_in_a_batch(http, handled, make):
    for body in (make(1, n=1), [make(2, n=2), make(3, n=3)]):
        async with http.post(WEBHOOK, json=body) as answer:
            assert answer.status == 202

    kind = "EventGridEvent" if make is grid_event else "CloudEvent"
    assert handled == [(kind, f"event-{n}", {"n": n}) for n in (1, 2, 3)]


async def test_one_failing_event_fails_the_delivery_after_all_have_run(http, handled):
    async with http.post(WEBHOOK, json=[grid_event(1, fails=True), grid_event(2)]) as answer:
        assert answer.status == 500
    assert [event[1] for event in handled] == ["event-1", "event-2"]


async def test_a_new_subscription_is_validated_without_calling_the_function(http, handled):
    headers = {"aeg-event-type": "SubscriptionValidation"}
    async with http.post(WEBHOOK, json=[grid_event(1, validationCode="code-1")], headers=headers) as answer:
        assert (answer.status, await answer.json()) == (200, {"validationResponse": "code-1"})
    assert handled == []


async def test_a_validation_without_a_code_is_refused(http):
    async with http.post(WEBHOOK, json=[{"data": {}}], headers={"aeg-event-type": "SubscriptionValidation"}) as answer:
        assert (answer.status, await answer.text()) == (400, "")


async def test_a_cloud_events_sender_is_allowed(http):
    async with http.options(WEBHOOK, headers={"WebHook-Request-Origin": "eventgrid.azure.net"}) as answer:
        assert (answer.status, answer.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")


async def test_a_deleted_subscription_is_taken_note_of(http, handled):
    async with http.post(WEBHOOK, json=[grid_event(1)], headers={"aeg-event-type": "SubscriptionDeletion"}) as answer:
        assert answer.status == 200
    assert handled == []


async def test_what_is_no_object_does_no_harm_to_the_events_beside_it(http, handled):
    """As in Azure its call fails, where the function wants an event: then the batch comes again."""
    async with http.post(WEBHOOK, json=[None, 1, grid_event(1)]) as answer:
        assert answer.status == 500
    assert [event[1] for event in handled] == ["event-1"]


async def test_a_function_that_takes_text_gets_whatever_there_is(http, handled):
    async with http.post(WEBHOOK.replace("Record_Event", "take_text"), json=[None, 1, {"a": "b"}]) as answer:
        assert answer.status == 202
    assert sorted(handled, key=repr) == [("str", 1), ("str", None), ("str", {"a": "b"})]  # each in a thread of its own


async def test_half_a_character_arrives_as_the_sign_for_it(http, handled):
    """The host rewrites an event in UTF-8, which has no half characters."""
    webhook = WEBHOOK.replace("Record_Event", "take_text")
    async with http.post(webhook, data=b'{"half": "\\ud83d", "whole": "\\ud83d\\ude00"}') as answer:
        assert answer.status == 202
    assert handled == [("str", {"half": "\ufffd", "whole": "\U0001f600"})]


async def test_a_batch_without_events_is_taken(http, handled):
    async with http.post(WEBHOOK, json=[]) as answer:
        assert answer.status == 202
    assert handled == []


@pytest.mark.parametrize("body", ["{", "null", "1", '"text"', "[" * 50_000, f'[{{"data": {"[" * 980 + "]" * 980}}}]'])
async def test_what_is_neither_an_event_nor_a_batch_is_refused(http, body):
    async with http.post(WEBHOOK, data=body) as answer:
        assert answer.status == 400


async def test_an_unknown_function_is_404(http):
    async with http.post("/runtime/webhooks/EventGrid?functionName=nobody", json=[grid_event(1)]) as answer:
        assert answer.status == 404
