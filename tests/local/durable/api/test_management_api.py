"""The management API as people and the SDK's client call it."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import azure.durable_functions as df
import pytest

from tests.local.durable.platform import deployed, running

BASE = "/runtime/webhooks/durabletask"


@pytest.fixture
async def http(platform) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(platform.host.url) as session:
        yield session


async def test_a_start_is_answered_with_the_urls_of_the_instance(platform, http):
    async with http.post(f"{BASE}/orchestrators/chain/my-id?code=any", json={"number": 1}) as answer:
        body = await answer.json()

    assert answer.status == 202
    assert answer.headers["Location"] == body["statusQueryGetUri"]
    assert answer.headers["Retry-After"] == "10"
    assert body["id"] == "my-id"
    assert body["sendEventPostUri"].startswith(f"{platform.host.url}{BASE}/instances/my-id/raiseEvent/{{eventName}}?")
    assert (await platform.finished("my-id")).output == {"result": 4}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("nobody", "{}", "The function 'nobody' doesn't exist"),
        ("chain/@mine", "{}", "do not begin with @"),
        ("chain/a%2Fb", "{}", "hold none of"),
        ("chain", "{", "not valid JSON"),
    ],
)
async def test_a_start_that_is_wrong_is_refused(http, path, body, message):
    async with http.post(f"{BASE}/orchestrators/{path}", data=body) as answer:
        assert answer.status == 400
        assert message in (await answer.json())["ExceptionMessage"]


@pytest.mark.parametrize(
    ("name", "status", "shown"),
    [("chain", 200, {"result": 20}), ("calls_nobody", 500, "Failed")],
)
async def test_a_start_that_waits_answers_with_the_end(http, name, status, shown):
    path = f"{BASE}/orchestrators/{name}?timeout=10&pollingInterval=1"
    async with http.post(path, json={"number": 5}) as answer:
        body = await answer.json()

    assert answer.status == status
    assert shown in (body, body.get("runtimeStatus"))


async def test_a_start_that_waits_in_vain_answers_with_the_urls(platform, http):
    path = f"{BASE}/orchestrators/one_event/mine?timeout=9.5&pollingInterval=0.5"
    request = asyncio.create_task(http.post(path))
    await platform.clock.until_someone_sleeps(seconds=9.5)
    await platform.clock.advance(seconds=10)

    async with await request as answer:
        assert (answer.status, (await answer.json())["id"]) == (202, "mine")


@pytest.mark.parametrize("query", ["top=many", "createdTimeFrom=yesterday"])
async def test_a_list_with_a_wrong_filter_is_refused(http, query):
    async with http.get(f"{BASE}/instances?{query}") as answer:
        assert answer.status == 400


async def test_half_a_surrogate_pair_does_no_harm(platform, http):
    await platform.client.start_new("one_event", "mine")
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{BASE}/instances/mine/raiseEvent/go", data=r'"\ud83d"', headers=headers):
        pass

    assert (await platform.finished("mine")).output == "\ud83d"


async def test_a_live_instance_is_not_disturbed_by_a_second_start(platform, http):
    await platform.client.start_new("one_event", "mine")

    async with http.post(f"{BASE}/orchestrators/chain/mine") as answer:
        assert answer.status == 500
        assert "An Orchestration instance with the status" in (await answer.json())["ExceptionMessage"]
    assert (await platform.client.get_status("mine")).name == "one_event"


async def test_a_start_ends_what_lives_under_its_id_if_host_json_says_so(tmp_path):
    app = deployed("patterns", tmp_path / "app", overridableExistingInstanceStates="anyState")
    async with running(app, tmp_path / "data") as platform:
        await platform.client.start_new("one_event", "mine")
        await platform.client.start_new("chain", "mine", {"number": 1})

        assert (await platform.finished("mine")).output == {"result": 4}


async def test_a_finished_instance_is_replaced_by_a_new_start(platform):
    await platform.client.start_new("chain", "mine", {"number": 1})
    await platform.finished("mine")
    await platform.client.start_new("chain", "mine", {"number": 2})

    assert (await platform.finished("mine")).output == {"result": 8}


async def test_status_is_202_while_running_and_200_at_the_end(platform, http):
    await platform.client.start_new("one_event", "mine")
    async with http.get(f"{BASE}/instances/mine") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (202, "5")
        assert "/instances/mine" in answer.headers["Location"]
    await platform.client.raise_event("mine", "go", 1)
    await platform.finished("mine")

    async with http.get(f"{BASE}/Instances/mine?ShowInput=false") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "name": "one_event",
            "instanceId": "mine",
            "runtimeStatus": "Completed",
            "input": None,
            "customStatus": "waiting",
            "output": "1",
            "createdTime": "2030-01-01T12:00:00Z",
            "lastUpdatedTime": "2030-01-01T12:00:00Z",
        }


async def test_the_history_folds_a_call_into_its_end(platform):
    await platform.client.start_new("chain", "mine", {"number": 1})
    await platform.finished("mine")

    status = await platform.client.get_status("mine", show_history=True, show_history_output=True)

    events = status.historyEvents
    assert [event["EventType"] for event in events] == [
        "ExecutionStarted",
        "TaskCompleted",
        "TaskCompleted",
        "ExecutionCompleted",
    ]
    assert (events[1]["FunctionName"], events[1]["Result"]) == ("double", "2")


async def test_failed_is_200_unless_asked_otherwise(platform, http):
    await platform.client.start_new("calls_nobody", "mine")
    await platform.finished("mine")

    async with http.get(f"{BASE}/instances/mine") as answer:
        assert answer.status == 200
    async with http.get(f"{BASE}/instances/mine?returnInternalServerErrorOnFailure=true") as answer:
        assert answer.status == 500


@pytest.mark.parametrize("verb", ["raiseEvent/go", "terminate", "suspend", "resume"])
async def test_an_unknown_instance_is_404_and_a_finished_one_410(platform, http, verb):
    await platform.client.start_new("chain", "over", {"number": 1})
    await platform.finished("over")

    for instance, status in (("nobody", 404), ("over", 410)):
        async with http.post(f"{BASE}/instances/{instance}/{verb}", json={}) as answer:
            assert (answer.status, await answer.text()) == (status, "")


@pytest.mark.parametrize(("content_type", "body"), [("text/plain", "{}"), ("application/json", "{")])
async def test_an_event_must_be_json(platform, http, content_type, body):
    await platform.client.start_new("one_event", "mine")

    headers = {"Content-Type": content_type}
    async with http.post(f"{BASE}/instances/mine/raiseEvent/go", data=body, headers=headers) as answer:
        assert answer.status == 400


async def test_an_event_over_http_arrives_as_it_was_sent(platform, http):
    await platform.client.start_new("one_event", "mine")
    async with http.post(f"{BASE}/instances/mine/raiseEvent/go", json={"a": 1}) as answer:
        assert answer.status == 202

    assert (await platform.finished("mine")).output == {"a": 1}


async def test_terminate_ends_at_once_with_its_reason(platform, http):
    await platform.client.start_new("one_event", "mine")
    async with http.post(f"{BASE}/instances/mine/terminate?reason=enough%20now") as answer:
        assert answer.status == 202

    status = await platform.finished("mine")
    assert (status.runtime_status.name, status.output) == ("Terminated", "enough now")


async def test_a_suspended_workflow_hears_nothing_until_it_is_resumed(platform):
    await platform.client.start_new("doorbell", "mine", {"names": ["first"]})
    await platform.waiting("mine", '{"waits":"first"}')
    await platform.client.suspend("mine", "a break")
    await platform.until("mine", lambda it: it.status == "Suspended")
    await platform.client.raise_event("mine", "first")
    await platform.clock.advance(minutes=2)
    await platform.client.resume("mine", "go on")

    assert (await platform.finished("mine")).output == ["first"]


async def test_a_suspended_workflow_can_be_terminated(platform):
    await platform.client.start_new("one_event", "mine")
    await platform.client.suspend("mine", "a break")
    await platform.client.terminate("mine", "enough")

    assert (await platform.finished("mine")).runtime_status.name == "Terminated"


async def test_restart_begins_again_with_the_same_input(platform, http):
    await platform.client.start_new("chain", "mine", {"number": 5})
    await platform.finished("mine")
    async with http.post(f"{BASE}/instances/mine/restart?restartWithNewInstanceId=true") as answer:
        assert answer.status == 202
        again = (await answer.json())["id"]
    async with http.post(f"{BASE}/instances/nobody/restart") as answer:
        assert answer.status == 400

    assert again != "mine"
    assert (await platform.finished(again)).output == {"result": 20}


async def test_purge_removes_what_is_finished(platform):
    await platform.client.start_new("chain", "mine", {"number": 5})
    await platform.finished("mine")
    await platform.client.start_new("one_event", "live")

    assert (await platform.client.purge_instance_history("mine")).instances_deleted == 1
    assert (await platform.client.purge_instance_history("mine")).instances_deleted == 0
    assert (await platform.client.purge_instance_history("live")).instances_deleted == 0
    assert not await platform.client.get_status("mine")
    assert await platform.client.get_status("live")


async def test_a_list_can_be_filtered_and_paged(platform, http):
    for number in range(3):
        await platform.client.start_new("chain", f"chain-{number}", {"number": number})
        await platform.finished(f"chain-{number}")
    await platform.client.start_new("one_event", "other")

    statuses = "runtimeStatus=completed&runtimeStatus=Failed"
    async with http.get(f"{BASE}/instances?instanceIdPrefix=chain-&{statuses}&top=2") as first:
        token = {"x-ms-continuation-token": first.headers["x-ms-continuation-token"]}
        ids = [status["instanceId"] for status in await first.json()]
    async with http.get(f"{BASE}/instances?instanceIdPrefix=chain-&top=2", headers=token) as second:
        ids += [status["instanceId"] for status in await second.json()]

    assert ids == ["chain-0", "chain-1", "chain-2"]
    assert "x-ms-continuation-token" not in second.headers
    assert len(await platform.client.get_status_all()) == 4


async def test_entities_can_be_signalled_read_and_listed(platform, http):
    async with http.post(f"{BASE}/entities/Counter/Key?op=add", json='{"by": 2}') as answer:
        assert answer.status == 202
    async with http.post(f"{BASE}/entities/nobody/key?op=add") as answer:
        assert answer.status == 400
    await platform.run("counts_with_an_entity")

    async with http.get(f"{BASE}/entities/counter/Key") as answer:
        assert (answer.status, await answer.json()) == (200, 2)
    async with http.get(f"{BASE}/entities/counter/other") as answer:
        assert answer.status == 404
    async with http.get(f"{BASE}/entities/counter?fetchState=true") as answer:
        assert {"name": "counter", "key": "Key"} in [entity["entityId"] for entity in await answer.json()]


async def test_entities_are_listed_among_the_instances_and_never_purged_with_them(platform):
    await platform.client.start_new("chain", "mine", {"number": 1})
    await platform.finished("mine")
    await platform.client.signal_entity(df.EntityId("Counter", "Key"), "add", {"by": 2})
    await platform.entity_state(df.EntityId("Counter", "Key"), 2)

    listed = {status.instance_id: status for status in await platform.client.get_status_all()}
    running = await platform.client.get_status_by(runtime_status=[df.OrchestrationRuntimeStatus.Running])
    purged = await platform.client.purge_instance_history_by(created_time_from=platform.clock.now())

    assert set(listed) == {"mine", "@counter@Key"}
    assert (listed["@counter@Key"].name, listed["@counter@Key"].runtime_status.name) == ("@counter", "Running")
    assert [status.instance_id for status in running] == ["@counter@Key"]
    assert purged.instances_deleted == 1
    assert await platform.get(f"{BASE}/instances?instanceIdPrefix=@counter@")


async def test_entities_are_found_by_the_time_of_their_last_operation(platform):
    for key in ("early", "late"):
        await platform.client.signal_entity(df.EntityId("Counter", key), "add", {"by": 1})
        await platform.entity_state(df.EntityId("Counter", key), 1)
        await platform.clock.advance(minutes=10)

    async def keys(query):
        return [entity["entityId"]["key"] for entity in await platform.get(f"{BASE}/entities/counter?{query}")]

    assert await keys("lastOperationTimeFrom=2030-01-01T12:05:00Z") == ["late"]
    assert await keys("lastOperationTimeTo=2030-01-01T12:05:00Z") == ["early"]
    assert await keys("") == ["early", "late"]


async def test_entities_are_listed_in_pages(platform, http):
    for key in ("a", "b", "c"):
        await platform.client.signal_entity(df.EntityId("Counter", key), "add", {"by": 1})
        await platform.entity_state(df.EntityId("Counter", key), 1)

    async with http.get(f"{BASE}/entities?top=2&fetchState=true") as first:
        token = {"x-ms-continuation-token": first.headers["x-ms-continuation-token"]}
        page = await first.json()
    async with http.get(f"{BASE}/entities?top=2&fetchState=true", headers=token) as second:
        page += await second.json()

    assert [(entity["entityId"]["key"], entity["state"]) for entity in page] == [("a", 1), ("b", 1), ("c", 1)]
    assert "x-ms-continuation-token" not in second.headers


async def test_an_entity_is_an_instance_that_can_be_seen_and_purged(platform, http):
    await platform.client.signal_entity(df.EntityId("Counter", "Key"), "add", {"by": 2})
    await platform.entity_state(df.EntityId("Counter", "Key"), 2)

    async with http.get(f"{BASE}/instances/@counter@Key") as answer:
        body = await answer.json()
    assert (answer.status, body["name"], body["runtimeStatus"]) == (202, "@counter", "Running")
    assert (await platform.client.purge_instance_history("@counter@Key")).instances_deleted == 1
    assert (await platform.client.purge_instance_history("@counter@Key")).instances_deleted == 0
    assert not (await platform.client.read_entity_state(df.EntityId("Counter", "Key"))).entity_exists
    async with http.get(f"{BASE}/instances/@counter@Key") as answer:
        assert answer.status == 404


async def test_an_unknown_route_is_an_empty_404(http):
    async with http.put(f"{BASE}/instances/mine") as answer:
        assert (answer.status, await answer.text()) == (404, "")
