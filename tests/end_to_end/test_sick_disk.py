"""A disk that is full, and files that are not where they were: nothing is accepted that would be lost."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.processes import Platform
from tests.stores import in_sqlite_only

pytestmark = in_sqlite_only

BODY = {"customerId": "customer-123", "message": "Your code is 123456", "channels": ["sms"]}
LONG = {"message": "x" * 20_000, "channels": ["email"], "to": {"email": "ada@example.com"}}
GOOD, SILENT = {"sms": "+14255550123"}, {"sms": "+14255550102"}
SMALL_DISK = 'mkdir -p "$0" && mount -t tmpfs -o size=12m tmpfs "$0" && exec "$@"'
OF_OUR_OWN = ["unshare", "--map-root-user", "--mount"]  # nobody else sees what is mounted there


def health(platform):
    return platform.call("GET", "/api/health")


def post(platform, to=GOOD, **fields):
    return platform.call("POST", "/api/messages", {**BODY, "to": to, **fields})


def says(platform, words):
    """Whether it is not healthy for this reason; a good answer is remembered for some seconds."""
    answer = health(platform)
    return answer.status == 503 and words in answer.body["detail"]


def can_mount():
    try:
        return subprocess.run([*OF_OUR_OWN, "true"], check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def on_a_small_disk(tmp_path):
    data = tmp_path / "data"
    platform = Platform(tmp_path, within=[*OF_OUR_OWN, "sh", "-c", SMALL_DISK, str(data)])
    platform.start()
    yield platform
    platform.stop()


def fill(platform):
    """Take what is left of the platform's disk, and return the file that does."""
    file = Path(f"/proc/{platform.pid}/root") / platform.data.relative_to("/") / "filler"
    with file.open("wb", buffering=0) as filler:
        for size in (64 * 1024, 1024):
            try:
                while filler.write(b"x" * size):
                    pass
            except OSError:
                continue
    return file


@pytest.mark.skipif(not can_mount(), reason="no disk of its own to be had here")
def test_on_a_full_disk_nothing_is_accepted_and_what_was_accepted_arrives_once_there_is_room(on_a_small_disk):
    platform = on_a_small_disk
    accepted = post(platform, SILENT).body["messageId"]
    platform.waiting(accepted)
    [effect] = platform.ledger()

    filler = fill(platform)
    refused = [post(platform, **LONG) for _ in range(20)]
    assert refused[-1].status == 503
    platform.until(lambda: says(platform, "SQLITE_FULL, the disk is full"), "health says so")
    filler.unlink()

    platform.until(lambda: health(platform).status == 200, "there is room, and health says so")
    report = {"channel": "sms", "status": "Delivered", "attemptId": effect["attemptId"]}
    platform.call("POST", f"{platform.local_url}/local/receipts", report)
    assert platform.finished(accepted)["status"] == "delivered"
    key = refused[-1].body["idempotencyKey"]
    again = platform.call("POST", "/api/messages", {**BODY, **LONG}, {"Idempotency-Key": key})
    assert again.status == 202


def _deleted(data):
    shutil.rmtree(data)


def _restored(data):
    """As from a backup: the same content, in other files."""
    copy = data.with_name("copy")
    shutil.copytree(data, copy)
    shutil.rmtree(data)
    copy.rename(data)


@pytest.mark.parametrize("what_happens", [_deleted, _restored])
def test_when_the_data_directory_is_gone_nothing_is_accepted_and_health_says_why(own_platform, what_happens):
    assert post(own_platform).status == 202

    what_happens(own_platform.data)

    refused = post(own_platform)
    assert (refused.status, "idempotencyKey" in refused.body) == (503, True)
    workflow = own_platform.call("POST", "/runtime/webhooks/durabletask/orchestrators/deliver_message", {})
    assert workflow.status == 500
    own_platform.until(
        lambda: says(own_platform, "file of the store was deleted or replaced"), "health names the store"
    )
    assert "the host cannot read what it keeps of workflows" in health(own_platform).body["detail"]


def test_when_the_files_of_the_workflows_are_gone_accepted_messages_arrive_once_after_a_restart(timeless):
    for file in timeless.data.glob("durable.db*"):
        file.unlink()

    accepted = post(timeless)
    assert accepted.status == 202
    assert says(timeless, "the host cannot read what it keeps of workflows")

    timeless.restart()
    timeless.advance("PT3M")
    assert timeless.message(accepted.body["messageId"])["status"] == "delivered"
    assert len(timeless.ledger()) == 1


def test_while_another_process_holds_the_store_health_says_so(own_platform):
    with closing(sqlite3.connect(own_platform.data / "landfall.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        own_platform.until(lambda: says(own_platform, "another process writes to the file"), "health says so")

    assert health(own_platform).status == 200
