"""The app in Microsoft's own Python worker: a call for each kind of trigger, beside the platform that runs the rest."""

import json
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from domain.clock import to_text
from domain.identities import attempt_id
from local.durable.api.client_binding import binding_value
from tests.platform import MORNING, a_platform
from tests.worker.runtime import Failed, http, json_text, nothing, text, worker_with

ROOT = Path(__file__).parents[2]
SILENT = "+14255550102"
HOUSTON = timezone(timedelta(hours=-6))


class Recorder:
    """What the local host gave to its own worker, and what that gave back, by kind: the newest."""

    def __init__(self, worker):
        self.calls = {}
        for kind in ("orchestrator", "entity"):
            setattr(worker, f"run_{kind}", self._recorded(kind, getattr(worker, f"run_{kind}")))
        worker.run_activity = self._awaited(worker.run_activity)

    def _recorded(self, kind, run):
        def call(name, payload):
            returned = run(name, payload)
            self.calls[kind] = name, payload, returned
            return returned

        return call

    def _awaited(self, run):
        async def call(name, payload):
            returned = await run(name, payload)
            self.calls[name] = name, payload, returned
            return returned

        return call


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


@pytest.fixture
def worker(runtime, platform):
    with worker_with(runtime, ROOT) as worker:
        yield worker


@pytest.fixture
def client(platform):
    return text(binding_value(platform.host.url, "Landfall"))


async def posted(worker, client, **fields):
    body = json.dumps({"customerId": "ada", "message": "Hello", "to": {"sms": SILENT}, "channels": ["sms"], **fields})
    headers = {"content-type": "application/json"}
    request = http("POST", "https://landfall.example.com/api/messages", body.encode(), headers)
    answer = await worker.call("post_message", req=request, client=client)
    return int(answer.status_code), json.loads(answer.body.bytes)


def report(message_id, **envelope):
    data = {"tag": attempt_id(message_id, 1), "to": SILENT, "deliveryStatus": "Delivered"}
    kind = "Microsoft.Communication.SMSDeliveryReportReceived"
    return json.dumps({"id": "1", "topic": "/acs", "eventType": kind, "eventTime": None, "data": data, **envelope})


async def test_a_message_is_accepted_sent_and_reported_on(worker, client, platform):
    status, told = await posted(worker, client)
    assert (status, told["status"]) == (202, "accepted")
    await platform.advance(minutes=1)

    at = (platform.clock.now() - timedelta(seconds=1)).astimezone(HOUSTON).isoformat()
    await worker.call("MessageProcessor", event=json_text(report(told["messageId"], eventTime=at)), client=client)

    await platform.settled()
    message = await platform.message(told["messageId"])
    assert (message["status"], message["attempts"][0]["deliveredAt"]) == (
        "delivered",
        to_text(MORNING + timedelta(seconds=59)),
    )
    request = http("GET", "https://landfall.example.com/api/messages/x", params={"message_id": told["messageId"]})
    answer = await worker.call("get_message", req=request)
    assert (int(answer.status_code), json.loads(answer.body.bytes)) == (200, message)


@pytest.mark.parametrize(
    "time", ["2027-03-01T11:00:00+02:00", "2027-03-01 09:00:00", 1804237200, "yesterday", None, {}]
)
async def test_an_event_counts_whatever_its_time_looks_like(worker, client, platform, time):
    _, told = await posted(worker, client)
    await platform.advance(seconds=1)

    await worker.call("MessageProcessor", event=json_text(report(told["messageId"], eventTime=time)), client=client)

    await platform.settled()
    assert (await platform.message(told["messageId"]))["status"] == "delivered"


@pytest.mark.parametrize("written", ["null", "1", "[]", "{", "[" * 5000, None])
async def test_what_is_no_event_is_acknowledged(worker, client, written):
    """For `null` the host sends no value at all."""
    event = nothing() if written is None else json_text(written)
    await worker.call("MessageProcessor", event=event, client=client)


async def test_the_worker_runs_workflows_activities_and_entities_as_the_local_host_does(worker, client, platform):
    recorded = Recorder(platform.host._worker)
    _, told = await posted(worker, client, to={"sms": "+14255550123"})
    await platform.advance(minutes=1)
    assert (await platform.message(told["messageId"]))["status"] == "delivered"

    for kind in ("orchestrator", "entity", "take_next_step"):
        name, payload, returned = recorded.calls[kind]
        parameter = {"context": text(payload)} if kind != "take_next_step" else {"payload": text(payload)}
        assert without_times(await worker.call(name, **parameter)) == without_times(returned)


def without_times(returned):
    """The SDK times each operation of an entity by the clock of the machine."""
    told = json.loads(returned)
    for result in told.get("results", []):
        del result["startTime"], result["duration"]
    return told


async def test_a_timer_runs(worker, client, platform):
    due = json_text(json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}))

    assert await worker.call("sweeper", timer=due, client=client) is None


async def test_what_a_function_raises_is_told_to_the_host_in_our_words(worker, client, platform):
    with pytest.raises(Failed) as failed:
        await worker.call("take_next_step", payload=text('{"messageId": "x"}'))

    assert "LandfallError: KeyError at " in str(failed.value)
