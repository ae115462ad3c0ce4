import stat
import sys
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from group_commit import GroupCommit
from local.clock import Clock
from local.event_grid import deliveries
from local.event_grid.event_grid import EventGrid
from local.event_grid.subscriptions import LANDFALL_TOPIC
from local.host.app.app_loader import load_app
from local.host.http.clock_admin import HostProcess
from local.host.http.keys import keys_of
from local.host.server import Host
from local.virtual_time import VirtualClock

APP = """
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp()
heard = []


@app.route("open", auth_level=func.AuthLevel.ANONYMOUS)
def anonymous(req: func.HttpRequest) -> str:
    return "open"


@app.route("closed")
def function(req: func.HttpRequest) -> str:
    return "closed"


@app.route("operators", auth_level=func.AuthLevel.ADMIN)
def admin(req: func.HttpRequest) -> str:
    return "operators"


@app.route("start")
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return client.create_check_status_response(req, await client.start_new("nothing", "mine"))


@app.orchestration_trigger(context_name="context")
def nothing(context):
    return None
    yield


@app.event_grid_trigger(arg_name="event")
def MessageProcessor(event: func.EventGridEvent) -> None:
    heard.append(event.id)
"""

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"
INSTANCES = "/runtime/webhooks/durabletask/instances"


@pytest.fixture
def keys(tmp_path):
    return keys_of(tmp_path / "data")


@pytest.fixture
async def host(tmp_path, keys):
    (tmp_path / "function_app.py").write_text(APP)
    host = Host(load_app(tmp_path), tmp_path / "data", keys=keys)
    await host.start()
    yield host
    await host.stop()


@pytest.fixture
async def http(host):
    async with aiohttp.ClientSession(host.url) as session:
        yield session


async def status(http, path, key=None, method="GET"):
    """By the header and by the query: both must be answered alike. A refusal says nothing."""
    headers = {"x-functions-key": key} if key is not None else {}
    async with http.request(method, path, headers=headers) as by_header:
        body = await by_header.read()
    query = {"code": key} if key is not None else {}
    async with http.request(method, path, params=query) as by_query:
        assert by_query.status == by_header.status
    assert by_header.status != 401 or body == b""
    return by_header.status


@pytest.mark.parametrize(
    ("path", "opened_by"),
    [
        ("/api/open", {None, "master", "function", "event_grid", "durable", "wrong"}),
        ("/api/closed", {"master", "function"}),
        ("/api/operators", {"master"}),
        ("/admin/functions", {"master"}),
        ("/admin/host/status", {"master"}),
        (INSTANCES, {"master", "durable"}),
    ],
)
@pytest.mark.parametrize("name", [None, "master", "function", "event_grid", "durable", "wrong", ""])
async def test_each_key_opens_its_own_part_and_the_master_key_all(http, keys, path, opened_by, name):
    key = getattr(keys, name, name) if name else name

    assert await status(http, path, key) == (200 if name in opened_by or None in opened_by else 401)


@pytest.mark.parametrize(("name", "answer"), [("event_grid", 400), ("master", 400), ("function", 401), (None, 401)])
async def test_the_webhook_takes_the_key_of_event_grid(http, keys, name, answer):
    assert await status(http, WEBHOOK, name and getattr(keys, name), "POST") == answer


async def test_a_key_that_is_no_text_is_wrong(http):
    async with http.get("/api/closed?code=%FF%FE") as answer:
        assert answer.status == 401


async def test_virtual_time_is_moved_with_the_master_key_alone(tmp_path, keys):
    (tmp_path / "function_app.py").write_text(APP)
    clock = VirtualClock(NOON)
    host = Host(load_app(tmp_path), tmp_path / "data", clock=clock, keys=keys)
    await host.start()
    async with aiohttp.ClientSession() as session:
        for key in (None, keys.function):
            with pytest.raises(aiohttp.ContentTypeError):  # a refusal says nothing
                await HostProcess(session, host.url, key).settled(spare=0, now=NOON + timedelta(hours=1))
        assert clock.now() == NOON
        await HostProcess(session, host.url, keys.master).settled(spare=0, now=NOON + timedelta(hours=1))
    await host.stop()

    assert clock.now() == NOON + timedelta(hours=1)


async def test_the_urls_that_a_start_gives_out_open_the_workflow_and_nothing_else(http, keys):
    async with http.get("/api/start", headers={"x-functions-key": keys.function}) as answer:
        urls = await answer.json()

    async with http.get(urls["statusQueryGetUri"]) as answer:
        assert (await answer.json())["instanceId"] == "mine"
    assert {url.partition("code=")[2] for name, url in urls.items() if name != "id"} == {keys.durable}


async def test_the_local_event_grid_delivers_with_the_key(host, keys, tmp_path):
    store = GroupCommit(tmp_path / "grid.db", deliveries.SCHEMA)
    grid = EventGrid(store, Clock(), tmp_path / "dead-letters", must_fail=lambda: False)
    event = {
        "id": "event-1", "topic": LANDFALL_TOPIC, "subject": "", "eventType": "Example.Happened", "data": {},
        "eventTime": "2030-01-01T12:00:00Z", "dataVersion": "1.0", "metadataVersion": "1",
    }  # fmt: skip

    grid.deliver_to(host.url, keys.event_grid)
    grid.carry(
        await store.write(lambda connection: deliveries.publish(connection, LANDFALL_TOPIC, event, Clock().now()))
    )
    await grid.settled()
    await grid.stop()
    store.close()

    assert sys.modules["function_app"].heard == ["event-1"]


def test_keys_are_drawn_once_and_for_their_owner_alone(tmp_path):
    first = keys_of(tmp_path / "data")
    file = tmp_path / "data" / "keys.json"

    assert keys_of(tmp_path / "data") == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({first.master, first.function, first.event_grid, first.durable}) == 4
    assert keys_of(tmp_path / "other") != first


async def test_no_key_is_logged_or_shown_by_accident(http, keys, caplog):
    caplog.set_level("DEBUG")
    for name in ("master", "function"):
        await status(http, "/api/closed", getattr(keys, name))
        await status(http, "/admin/functions", getattr(keys, name))
    async with http.get("/api/start", params={"code": keys.function}) as answer:
        assert answer.status == 202

    said = caplog.text + repr(keys)
    assert not [key for key in (keys.master, keys.function, keys.event_grid, keys.durable) if key in said]
