"""What Event Grid gave up comes back, is recorded once, and leaves nothing behind."""

import asyncio
import json
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

from domain.errors import StoreUnavailable
from operations.__main__ import main
from operations.dead_letters import replay, summary
from operations.webhook import Webhook, WebhookUnusable
from store.dead_letters import Container, Folder, letters_in
from tests.end_to_end.test_auth import GuardedPlatform
from tests.intercepted import Intercepted
from tests.platform import a_platform

NUMBER = "+14255550123"
CANARY = "canary words of a customer"


def a_letter(event_id="event-1", **fields):
    """A reply that could not be delivered, as Event Grid writes it down."""
    data = {"messageId": event_id, "from": NUMBER, "to": "18335550100", "message": CANARY, "segmentCount": 1}
    data |= {"receivedTimestamp": "2026-11-22T12:00:00Z"}
    event = {
        "id": event_id,
        "topic": "/subscriptions/1/resourceGroups/2/providers/Microsoft.Communication/CommunicationServices/3",
        "subject": "/phonenumber/18335550100",
        "eventType": "Microsoft.Communication.SMSReceived",
        "eventTime": "2026-11-22T12:00:00Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": data,
    }
    fate = {
        "deadLetterReason": "MaxDeliveryAttemptsExceeded",
        "deliveryAttempts": 30,
        "lastDeliveryOutcome": "GenericError",
        "publishTime": "2026-11-22T12:00:00Z",
        "lastDeliveryAttemptTime": "2026-11-23T12:00:00Z",
    }
    return {**event, **fate, **fields}


def a_folder(path, *files):
    path.mkdir(exist_ok=True)
    for number, letters in enumerate(files):
        (path / f"{number}.json").write_text(json.dumps(letters))
    return Folder(path)


def names(letters):
    return list(letters.names())


async def replayed(letters, platform):
    """With the command's own blocking calls, while the app answers in this event loop."""
    return await asyncio.to_thread(replay, letters, Webhook(platform.host.url))


async def replies(platform):
    [shown] = (await platform.call("GET", "/api/customers/customer-123/conversations")).body["conversations"]
    page = await platform.call("GET", f"/api/conversations/{shown['conversationId']}/messages")
    return [each["content"]["text"] for each in page.body["messages"] if each["direction"] == "inbound"]


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def test_a_report_that_was_given_up_is_recorded_after_all(platform, tmp_path):
    await platform.fault(fault="delivery", times=30)
    message_id = await platform.post(to={"sms": NUMBER}, channels=["sms"])
    await platform.advance(hours=48)
    assert (await platform.message(message_id))["status"] == "undelivered"
    letters = letters_in(str(tmp_path / "dead-letters"))
    assert "SMSDeliveryReportReceived: TimeToLiveExceeded" in summary(letters)

    result = await replayed(letters, platform)
    await platform.settled()

    assert (result.events, result.left) == (1, ())
    assert (await platform.message(message_id))["status"] == "delivered"
    assert names(letters) == []


async def test_a_reply_that_is_replayed_twice_is_one_message(platform, tmp_path):
    await platform.post(to={"sms": NUMBER}, channels=["sms"])
    await platform.advance(seconds=1)
    letters = a_folder(tmp_path / "letters", [a_letter()], [a_letter()])

    await replayed(letters, platform)

    assert await replies(platform) == [CANARY]


async def test_what_the_app_cannot_record_stays_with_its_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr("triggers.events.while_event_grid_waits.WITHIN_SECONDS", 0)
    is_away = True

    def between(channels, documents):
        async def around(name, call):
            if is_away and call.args[:1] == ("UnmatchedEvents",):
                raise StoreUnavailable("this container is away")
            return await call()

        return channels, Intercepted(documents, around)

    of_nobody = {"tag": "11111111-1111-4111-8111-111111111111", "deliveryStatus": "Delivered"}
    report = a_letter("event-2", eventType="Microsoft.Communication.SMSDeliveryReportReceived", data=of_nobody)
    async with a_platform(tmp_path, between) as platform:
        await platform.post(to={"sms": NUMBER}, channels=["sms"])
        await platform.advance(seconds=1)
        letters = a_folder(tmp_path / "letters", [report, a_letter()], [a_letter()])

        first = await replayed(letters, platform)
        assert (first.events, first.left, names(letters)) == (1, ("0.json",), ["0.json"])
        is_away = False
        second = await replayed(letters, platform)

        assert (second.events, second.left, names(letters)) == (2, (), [])
        assert await replies(platform) == [CANARY]


async def test_a_cloud_event_comes_back_as_one(platform, tmp_path):
    await platform.post(to={"sms": NUMBER}, channels=["sms"])
    await platform.advance(seconds=1)
    letter = a_letter()
    cloud_event = {
        "id": "1",
        "source": letter["topic"],
        "type": letter["eventType"],
        "specversion": "1.0",
        "time": letter["eventTime"],
        "data": letter["data"],
        "deadletterreason": "MaxDeliveryAttemptsExceeded",
        "deliveryattempts": 1,
    }
    letters = a_folder(tmp_path / "letters", cloud_event)  # no array around it

    await replayed(letters, platform)

    assert await replies(platform) == [CANARY]


def test_the_summary_counts_by_kind_and_tells_nothing_that_was_said(tmp_path, capsys):
    a_folder(tmp_path / "letters", [a_letter("1"), a_letter("2")], [a_letter("3", deadLetterReason="Other")])

    assert main(["dead-letters", str(tmp_path / "letters")]) == 0

    kind = "Microsoft.Communication.SMSReceived"
    said = capsys.readouterr().out
    assert said.splitlines() == [
        f"      2  {kind}: MaxDeliveryAttemptsExceeded, last GenericError",
        f"      1  {kind}: Other, last GenericError",
    ]
    assert CANARY not in said


@pytest.fixture
def guarded(tmp_path):
    platform = GuardedPlatform(tmp_path)
    platform.start()
    yield platform
    platform.stop()


def test_a_file_that_cannot_be_read_stays_and_is_told_of(tmp_path):
    letters = a_folder(tmp_path / "letters", [])
    (tmp_path / "letters" / "1.json").write_text('[{"id": "cut o')

    result = replay(letters, Webhook("http://127.0.0.1:1"))

    assert (result.events, result.left, names(letters)) == (0, ("0.json", "1.json"), ["0.json", "1.json"])
    assert summary(letters) == "      2  files that cannot be read"


def test_an_app_with_keys_takes_a_replay_with_its_key_alone(guarded, tmp_path, monkeypatch, capsys):
    letters = a_folder(tmp_path / "letters", [a_letter()])
    command = ["dead-letters", str(tmp_path / "letters"), "--to", guarded.url]

    monkeypatch.setenv("EVENTGRID_EXTENSION_KEY", "not the key")
    assert main(command) == 1
    assert "answers 401" in capsys.readouterr().out
    assert names(letters) == ["0.json"]
    monkeypatch.setenv("EVENTGRID_EXTENSION_KEY", guarded.keys.event_grid)
    assert main(command) == 0
    assert "Events delivered: 1" in capsys.readouterr().out
    assert names(letters) == []


def test_where_nobody_answers_nothing_is_removed(tmp_path):
    letters = a_folder(tmp_path / "letters", [a_letter()])

    with pytest.raises(WebhookUnusable, match="cannot be reached"):
        replay(letters, Webhook("http://127.0.0.1:1"))

    assert names(letters) == ["0.json"]


ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # Azurite's, public


@pytest.fixture
def container_url(tmp_path):
    """A blob container in Azurite, with a signature in its URL."""
    if not (azurite := shutil.which("azurite-blob")):
        pytest.skip("azurite-blob is not here (npm install -g azurite)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [azurite, "--blobPort", str(port), "--location", str(tmp_path / "azurite"), "--skipApiVersionCheck"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        next(line for line in server.stdout if "successfully" in line.lower())
        url = f"http://127.0.0.1:{port}/{ACCOUNT}"
        BlobServiceClient(url, KEY).create_container("dead-letters")
        until, may = datetime.now(UTC) + timedelta(hours=1), ContainerSasPermissions(True, True, True, list=True)
        signature = generate_container_sas(ACCOUNT, "dead-letters", KEY, permission=may, expiry=until)
        yield f"{url}/dead-letters?{signature}"
        server.terminate()


async def test_blobs_in_azure_storage_are_replayed_and_removed(platform, container_url):
    await platform.post(to={"sms": NUMBER}, channels=["sms"])
    await platform.advance(seconds=1)
    letters = letters_in(container_url)
    assert isinstance(letters, Container)
    name = Path("STLANDFALL") / "REPORTS-AND-REPLIES" / "2026" / "11" / "22" / "12" / "1.json"
    letters.client.upload_blob(str(name), json.dumps([a_letter()]))

    assert summary(letters).startswith("      1  Microsoft.Communication.SMSReceived")
    result = await replayed(letters, platform)

    assert (result.events, names(letters)) == (1, [])
    assert await replies(platform) == [CANARY]
