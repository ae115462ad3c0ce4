"""Apps as people write them, each driven by its own HTTP functions and the URLs that these give out."""

import json
from collections import namedtuple
from contextlib import asynccontextmanager
from importlib import import_module

import aiohttp
import pytest
from dateutil.parser import parse  # type: ignore[import-untyped]

from tests.local.durable.platform import running


class Visitor:
    """Somebody who knows the app's URL. `clock` is moved, never waited for."""

    def __init__(self, platform, http):
        self.clock, self._platform, self._http = platform.clock, platform, http
        self.url = platform.host.url

    async def call(self, method, path, body=None):
        async with self._http.request(method, path, json=body) as answer:
            text = await answer.text()
            return answer.status, await answer.json() if "json" in answer.content_type else text

    async def begin(self, **order):
        status, urls = await self.call("POST", "/api/begin/mine", order)
        assert status == 202
        self.urls = urls

    async def status(self):
        """What the status page says once everything that can happen has happened."""
        await self._platform.settled("mine")
        return (await self.call("GET", self.urls["statusQueryGetUri"]))[1]

    async def shown(self, custom_status):
        """Wait until the status page shows this custom status (JSON)."""
        await self._platform.waiting("mine", custom_status)
        assert (await self.status())["customStatus"] == json.loads(custom_status)

    async def end(self):
        await self._platform.finished("mine")
        status = await self.status()
        assert "warning" not in status
        return status["output"]

    async def pass_time(self, **delta):
        await self.clock.until_someone_sleeps(**delta)
        await self.clock.advance(**delta)


@pytest.fixture
def visiting(tmp_path):
    @asynccontextmanager
    async def visit(app):
        async with running(app, tmp_path / "data") as platform, aiohttp.ClientSession(platform.host.url) as http:
            yield Visitor(platform, http)

    return visit


async def test_chaining(visiting):
    async with visiting("chaining") as visitor:
        await visitor.begin(text="  to be or not to be ")

        assert await visitor.end() == {"to": 2, "be": 2, "or": 1, "not": 1}


async def test_fan_out_and_fan_in(visiting):
    async with visiting("fan_out") as visitor:
        await visitor.begin(order=100)

        assert await visitor.end() == sum(range(100))


async def test_human_interaction_ends_with_the_answer(visiting):
    async with visiting("human_interaction") as visitor:
        await visitor.begin()
        await visitor.pass_time(days=1)
        await visitor.call("POST", "/api/approve/mine?event=approved-2", {})

        assert await visitor.end() == {"approved": True, "day": 2}


async def test_human_interaction_ends_the_same_with_the_sdk_as_it_is(visiting, monkeypatch):
    """In Azure dateutil reads the history, and each turn creates its classes again: two names that we replace."""
    monkeypatch.setattr("local.host.app.worker.make_the_sdk_faster", lambda: None)
    models = "azure.durable_functions.models"
    monkeypatch.setattr(import_module(f"{models}.history.HistoryEvent"), "dt_parse", parse)
    monkeypatch.setattr(import_module(f"{models}.TaskOrchestrationExecutor"), "namedtuple", namedtuple)

    async with visiting("human_interaction") as visitor:
        await visitor.begin()
        await visitor.pass_time(days=1)
        await visitor.call("POST", "/api/approve/mine?event=approved-2", {})

        assert await visitor.end() == {"approved": True, "day": 2}


async def test_human_interaction_ends_without_an_answer(visiting):
    async with visiting("human_interaction") as visitor:
        await visitor.begin()
        await visitor.pass_time(days=1)
        await visitor.pass_time(days=1)

        assert await visitor.end() == {"approved": False}


async def test_an_early_answer_counts(visiting):
    async with visiting("human_interaction") as visitor:
        await visitor.begin()
        await visitor.call("POST", "/api/approve/mine?event=approved-2", {})
        await visitor.pass_time(days=1)

        assert await visitor.end() == {"approved": True, "day": 2}


@pytest.mark.parametrize(
    ("ready_at", "pauses", "output"),
    [(3, (5, 10), {"ready": True, "looks": 3}), (9, (5, 10, 20, 40), {"ready": False, "looks": 4})],
)
async def test_a_monitor_looks_until_it_is_ready_or_too_late(visiting, ready_at, pauses, output):
    async with visiting("monitor") as visitor:
        await visitor.begin(readyAt=ready_at)
        for pause in pauses:
            await visitor.pass_time(minutes=pause)

        assert await visitor.end() == output


async def test_an_aggregator_adds_up_and_is_asked(visiting):
    async with visiting("aggregator") as visitor:
        for amount in (5, 7):
            await visitor.call("POST", "/api/accounts/ada", {"amount": amount})
        await visitor.begin(**{"from": "ada", "to": "bob", "amount": 10})
        assert await visitor.end() == {"moved": True, "left": 2}
        await visitor.begin(**{"from": "bob", "to": "ada", "amount": 11})
        assert await visitor.end() == {"moved": False, "why": "not enough"}

        assert await visitor.call("GET", "/api/accounts/bob") == (200, "10")
        assert (await visitor.call("GET", "/api/accounts/eve"))[0] == 404


async def test_a_child_succeeds_at_the_third_time(visiting):
    async with visiting("children") as visitor:
        await visitor.begin(sure=["train", "room"], shaky="third time")
        for _ in range(2):
            await visitor.pass_time(seconds=10)

        assert await visitor.end() == {"booked": ["train", "room", "third time"]}


async def test_what_was_booked_is_cancelled_when_a_child_fails_for_good(visiting):
    async with visiting("children") as visitor:
        await visitor.begin(sure=["train", "room"], shaky="never")
        for _ in range(2):
            await visitor.pass_time(seconds=10)

        assert await visitor.end() == {"booked": []}


async def test_an_eternal_workflow_runs_until_it_is_terminated(visiting):
    async with visiting("eternal") as visitor:
        await visitor.begin(runs=0)
        for runs in (1, 2, 3):
            await visitor.shown(f'{{"runs":{runs}}}')
            await visitor.clock.advance(hours=1, seconds=1)  # a later run begins a little later
        await visitor.call("POST", visitor.urls["terminatePostUri"].replace("{text}", "enough"))

        assert await visitor.end() == "enough"


async def test_a_service_is_polled_until_it_is_done(visiting):
    async with visiting("http_polling") as visitor:
        await visitor.begin(service=f"{visitor.url}/api")
        for _ in range(4):
            await visitor.pass_time(seconds=30)

        assert await visitor.end() == {"questions": 4, "answer": '{"parcel": "P-1"}'}
