import asyncio
import sys

import aiohttp
import pytest

from tests.local.durable.platform import running

APP = """
import asyncio
import azure.functions as func

app = func.FunctionApp()
done = asyncio.Queue()
may_end = asyncio.Event()
under_way = 0


@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
async def Tick(timer: func.TimerRequest) -> None:
    global under_way
    under_way += 1
    assert under_way == 1
    await may_end.wait()
    under_way -= 1
    done.put_nowait(timer.past_due)


@app.event_grid_trigger(arg_name="event")
async def hear(event: func.EventGridEvent) -> None:
    done.put_nowait(event.id)


@app.route("word/{word}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def word(req: func.HttpRequest) -> str:
    return ""
"""
EVENT = (
    '{"id": "event-1", "topic": "t", "subject": "s", "eventType": "e", "eventTime": "2030-01-01T12:00:00Z", "data": {}}'
)


@pytest.fixture
async def platform(tmp_path):
    (tmp_path / "function_app.py").write_text(APP)
    async with running(str(tmp_path), tmp_path / "data") as platform:
        yield platform


@pytest.fixture
async def http(platform):
    async with aiohttp.ClientSession(platform.host.url) as session:
        yield session


@pytest.fixture
def app(platform):
    return sys.modules["function_app"]


async def done(app):
    return await asyncio.wait_for(app.done.get(), timeout=10)


async def test_a_timer_runs_when_it_is_told_to(http, app):
    app.may_end.set()
    async with http.post("/admin/functions/tick", json={"input": ""}) as answer:
        assert (answer.status, await answer.read()) == (202, b"")

    assert await done(app) is False


async def test_however_a_timer_is_started_it_runs_once_at_a_time(platform, http, app):
    await platform.clock.until_someone_sleeps(minutes=1)
    await platform.clock.advance(minutes=1)
    for _ in range(2):
        async with http.post("/admin/functions/Tick", json={}) as answer:
            assert answer.status == 202

    app.may_end.set()

    assert [await done(app) for _ in range(3)] == [False] * 3


@pytest.mark.parametrize("given", [EVENT, {"id": "event-1", "eventType": "e", "eventTime": "2030-01-01T12:00:00Z"}])
async def test_a_function_that_takes_events_gets_one_as_its_input(http, app, given):
    async with http.post("/admin/functions/hear", json={"input": given}) as answer:
        assert answer.status == 202

    assert await done(app) == "event-1"


async def test_an_input_that_the_function_cannot_take_is_in_the_log(http, app, caplog):
    async with http.post("/admin/functions/hear", json={"input": "{"}) as answer:
        assert answer.status == 202
    async with http.post("/admin/functions/hear", json={"input": EVENT}):
        pass

    await done(app)
    assert "Executed 'Functions.hear' (Failed" in caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
async def test_a_body_without_an_input_is_refused(http, body):
    async with http.post("/admin/functions/tick", data=body) as answer:
        assert answer.status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/admin/functions/nobody", 404),
        ("GET", "/admin/functions/nobody", 404),
        ("POST", "/admin/functions/word", 400),
        ("GET", "/admin/nothing", 404),
        ("DELETE", "/admin/functions/tick", 405),
    ],
)
async def test_what_cannot_be_run_is_not_run(http, method, path, status):
    async with http.request(method, path, json={"input": ""}) as answer:
        assert answer.status == status


async def test_the_functions_are_listed_with_their_bindings_and_urls(platform, http):
    async with http.get("/admin/functions") as answer:
        functions = await answer.json()
    async with http.get("/admin/functions/WORD") as answer:
        word = await answer.json()

    assert [(each["name"], each["invoke_url_template"]) for each in functions] == [
        ("Tick", None),
        ("hear", None),
        ("word", f"{platform.host.url}/api/word/{{word}}"),
    ]
    assert functions[0]["config"]["bindings"][0]["schedule"] == "0 * * * * *"
    assert word == functions[2]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "host/status", "GET"),
        ("POST", "functions", "GET"),
        ("PUT", "functions/Tick", "GET, POST"),
    ],
)
async def test_another_method_is_refused_with_those_that_are_allowed(method, path, allowed, tmp_path):
    (tmp_path / "function_app.py").write_text(APP)
    async with (
        running(str(tmp_path), tmp_path / "data") as platform,
        aiohttp.ClientSession() as http,
        http.request(method, f"{platform.host.url}/admin/{path}") as answer,
    ):
        assert (answer.status, answer.headers["Allow"]) == (405, allowed)
