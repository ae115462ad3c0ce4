"""The `statusQueryGetUri` of the 202: what Durable Functions tells, without its key that opens all workflows."""

import json
import urllib.error
import urllib.request
from base64 import b64encode

import pytest

from local.environment import SIGNING_KEYS
from tests.end_to_end.processes import Answer, Platform, answer_of
from tests.platform import a_platform

SILENT, GOOD = {"sms": "+14255550102"}, {"sms": "+14255550123"}
MESSAGE = {"customerId": "customer-123", "message": "Hello", "channels": ["sms"]}
NEXT = f"2:{b64encode(32 * b'k').decode()}"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def accepted(platform, to=SILENT, **fields):
    """The body of the 202."""
    answer = await platform.call("POST", "/api/messages", {**MESSAGE, "to": to, **fields})
    assert answer.status == 202, answer.body
    assert answer.headers["Location"] == answer.body["statusQueryGetUri"]
    return answer.body


def durables(platform, message_id):
    return platform.call("GET", f"/runtime/webhooks/durabletask/instances/{message_id}")


async def test_a_workflow_is_told_exactly_as_durable_functions_tells_it(platform, workflows):
    waits, delivered, terminated = [await accepted(platform, to) for to in (SILENT, GOOD, SILENT)]
    await platform.advance(seconds=1)
    await workflows.terminate(terminated["id"], "by an operator")
    await platform.settled()

    for body, status, runtime_status in (
        (waits, 202, "Running"),
        (delivered, 200, "Completed"),
        (terminated, 200, "Terminated"),
    ):
        ours, theirs = await platform.call("GET", body["statusQueryGetUri"]), await durables(platform, body["id"])
        assert (ours.status, ours.body["runtimeStatus"]) == (theirs.status, runtime_status) == (status, runtime_status)
        assert ours.body == theirs.body
        assert list(ours.body) == list(theirs.body)
        assert ours.headers.get("Retry-After") == theirs.headers.get("Retry-After")
        assert ours.headers.get("Location") == (body["statusQueryGetUri"] if status == 202 else None)


async def test_a_workflow_that_failed_says_so(platform, workflows):
    body = await accepted(platform, GOOD)
    await platform.advance(seconds=1)
    await workflows.start_new("deliver_message", body["id"], "no order")  # which it cannot read
    await platform.settled()

    answer = await platform.call("GET", body["statusQueryGetUri"])

    assert (answer.status, answer.body["runtimeStatus"]) == (200, "Failed")
    assert answer.body == (await durables(platform, body["id"])).body


async def test_a_message_without_a_workflow_yet_is_pending(platform):
    body = await accepted(platform, sendAt="2027-03-01T10:00:00Z")
    await platform.settled()

    answer = await platform.call("GET", body["statusQueryGetUri"])

    assert (answer.status, answer.headers["Location"], answer.headers["Retry-After"]) == (
        202,
        body["statusQueryGetUri"],
        "5",
    )
    assert answer.body == {
        "name": "deliver_message",
        "instanceId": body["id"],
        "runtimeStatus": "Pending",
        "input": None,
        "customStatus": None,
        "output": None,
        "createdTime": "2027-03-01T09:00:00Z",
        "lastUpdatedTime": "2027-03-01T09:00:00Z",
    }


@pytest.mark.parametrize("to", [GOOD, {"sms": "+14255550104"}], ids=["delivered", "undelivered"])
async def test_the_end_is_told_from_the_record_once_the_history_is_purged(platform, workflows, to):
    body = await accepted(platform, to)
    await platform.advance(seconds=1)
    before = await platform.call("GET", body["statusQueryGetUri"])
    await workflows.purge_instance_history(body["id"])

    after = await platform.call("GET", body["statusQueryGetUri"])

    assert (await durables(platform, body["id"])).status == 404
    assert (before.status, after.status) == (200, 200)
    assert after.body == {**before.body, "input": None}


async def test_a_wrong_token_learns_nothing_not_even_whether_there_is_such_a_message(platform):
    mine, other = await accepted(platform), await accepted(platform)
    url, _, token = mine["statusQueryGetUri"].partition("?token=")
    foreign = other["statusQueryGetUri"].partition("?token=")[2]
    wrong = ["", token[:-1], token + "A", token.upper(), f"2{token[1:]}", token[2:], foreign, "%FF%00", "1.", "code"]

    answers = [await platform.call("GET", f"{url}?token={each}") for each in wrong]
    answers += [await platform.call("GET", url), await platform.call("GET", f"{url}?code={token}")]
    answers += [await platform.call("GET", f"/api/messages/nothing/workflow?token={each}") for each in (token, "")]

    own = [each.body.pop("requestId") for each in answers]
    assert len(set(own)) == len(answers)
    assert {(each.status, json.dumps(each.body)) for each in answers} == {
        (404, json.dumps({**answers[0].body, "title": "There is no status under this URL"}))
    }
    assert (await platform.call("GET", f"{url}?token={token}")).status == 202


async def test_what_durable_functions_takes_in_the_query_changes_nothing(platform):
    body = await accepted(platform)
    await platform.settled()
    plain = await platform.call("GET", body["statusQueryGetUri"])

    asked = "showHistory=true&showHistoryOutput=true&showInput=false&returnInternalServerErrorOnFailure=true"
    answer = await platform.call("GET", f"{body['statusQueryGetUri']}&{asked}&taskHub=Other&connection=Other")

    assert (answer.status, answer.body) == (plain.status, plain.body)


async def test_a_url_outlives_the_renewal_of_the_key_until_the_old_one_is_left_out(platform, monkeypatch):
    old = (await accepted(platform))["statusQueryGetUri"]

    monkeypatch.setenv("SIGNING_KEYS", f"{NEXT},{SIGNING_KEYS}")
    await platform.restart()
    new = (await accepted(platform))["statusQueryGetUri"]
    assert [(await platform.call("GET", url)).status for url in (old, new)] == [202, 202]
    assert "?token=2." in new

    monkeypatch.setenv("SIGNING_KEYS", NEXT)
    await platform.restart()
    assert [(await platform.call("GET", url)).status for url in (old, new)] == [404, 202]


async def test_a_host_that_cannot_tell_is_no_workflow_that_is_missing(platform):
    body = await accepted(platform)
    await platform.settled()

    def fails(_):
        raise RuntimeError("The storage account is away.")

    platform.host._management._routes["GET", "instances", "*"] = fails
    answer = await platform.call("GET", body["statusQueryGetUri"])

    assert (answer.status, "storage account" in str(answer.body)) == (503, False)


async def test_a_caller_without_a_key_is_told_no_setting(platform, monkeypatch):
    url = (await accepted(platform))["statusQueryGetUri"]
    monkeypatch.delenv("SMS_SENDER")
    await platform.restart()

    answer = await platform.call("GET", url)

    assert (answer.status, "SMS_SENDER" in str(answer.body)) == (503, False)


def poll(url: str) -> Answer:
    """As a poller does that knows a URL and nothing else: no key, no header of ours."""
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return answer_of(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return answer_of(error.code, error.headers, error.read())


def test_the_url_of_the_202_is_polled_to_the_end_through_a_kill_and_long_after_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MANAGEMENT_URLS", "status")
    monkeypatch.setenv("KEEP_HISTORY", "P1D")
    platform = Platform(tmp_path, "--clock", "virtual")
    platform.start()
    try:
        _polled_to_the_end(platform)
    finally:
        platform.stop()


def _polled_to_the_end(platform: Platform) -> None:
    def pass_by(period: str) -> None:
        assert platform.call("POST", f"{platform.local_url}/local/clock", {"advance": period}).status == 200

    to = {"sms": "+14255550102", "email": "ada@example.com"}
    body = {"customerId": "ada", "message": "Hello", "to": to, "channels": ["sms", "email"]}
    answer = platform.call("POST", "/api/messages", body)
    url = answer.headers["Location"]

    assert poll(url).status == 202
    platform.waiting(answer.body["messageId"])
    running = poll(url)
    assert (running.status, running.body["runtimeStatus"]) == (202, "Running")
    assert (running.body["customStatus"]["channel"], running.headers["Location"]) == ("sms", url)

    platform.restart()
    assert poll(url).body == running.body

    pass_by("PT11M")
    ended = poll(url)
    assert (ended.status, ended.body["runtimeStatus"]) == (200, "Completed")
    assert ended.body["output"] == {"status": "delivered", "channel": "email", "attempt": 2}

    pass_by("PT25H")
    durables = f"{platform.url}/runtime/webhooks/durabletask/instances/{answer.body['messageId']}"
    assert poll(durables).status == 404
    assert poll(url).body == {**ended.body, "input": None}
    assert [effect["channel"] for effect in platform.ledger()] == ["sms", "email"]
