"""`python -m local func` with programs of ours in the place of Core Tools and Azurite."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from local.core_tools import BLOBS, OF_THE_HOST, QUEUES, TABLES
from local.together import is_taken
from tests.ports import free_port

REPOSITORY = Path(__file__).parents[2]
TIMEOUT_SECONDS = 20

PROGRAM = f"""#!{sys.executable}
import json, os, socket, sys
from pathlib import Path

name = Path(sys.argv[0]).name
record = {{"arguments": sys.argv[1:], "cwd": os.getcwd(), "environment": dict(os.environ)}}
Path(os.environ["RECORDS"], name).write_text(json.dumps(record))
if name == "func" and os.fork():  # as npm installs it: a wrapper that waits for the program
    os.wait()
ports = [int(sys.argv[-1])] if name == "func" else {[BLOBS, QUEUES, TABLES]}
listeners = [socket.create_server(("127.0.0.1", port)) for port in ports]
while True:
    listeners[-1].accept()
"""


def start(app: Path, path: str, *flags: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local", "func", *flags],
        cwd=app,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A directory with a `func` and an `azurite` that record how they were started, and listen."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in ("func", "azurite"):
        (directory / name).write_text(PROGRAM)
        (directory / name).chmod(0o755)
    return directory


@pytest.mark.parametrize("missing", ["func", "azurite"])
def test_what_is_not_installed_is_named_with_the_way_to_get_it(missing, programs, tmp_path):
    (programs / missing).unlink()

    said, _ = (process := start(tmp_path, str(programs))).communicate(timeout=TIMEOUT_SECONDS)

    assert process.returncode == 1
    assert said.startswith(f"Cannot start: not found in the PATH: {missing} (npm install -g azur")
    assert "Traceback" not in said


def test_a_taken_port_is_said_clearly(programs, tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        process = start(tmp_path, str(programs), "--port", str(port), "--local-port", str(free_port()))
        said, _ = process.communicate(timeout=TIMEOUT_SECONDS)

    assert process.returncode == 1
    assert f"port {port} is taken" in said


@pytest.mark.skipif(any(map(is_taken, (BLOBS, QUEUES, TABLES))), reason="something listens on Azurite's ports")
def test_core_tools_get_the_folder_the_settings_and_the_stand_ins_and_all_end_together(programs, tmp_path):
    """One test, since Azurite's ports are there once."""
    app, records = tmp_path / "app", tmp_path / "records"
    app.mkdir()
    records.mkdir()
    file = {"AzureWebJobsStorage": "AccountName=deployed", "SMS_SENDER": "+18335550199"}
    (app / "local.settings.json").write_text(json.dumps({"Values": file}))
    port, local_port = free_port(), free_port()
    flags = ["--port", str(port), "--local-port", str(local_port)]
    process = start(app, f"{programs}{os.pathsep}{os.environ['PATH']}", *flags, RECORDS=str(records))
    try:
        said = read_until(process, "Send a message")
        assert f"POST http://127.0.0.1:{port}/api/messages" in said
        func, azurite = (json.loads((records / name).read_text()) for name in ("func", "azurite"))
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=TIMEOUT_SECONDS)

    assert func["arguments"] == ["start", "--port", str(port)]
    assert func["cwd"] == str(app)
    environment = func["environment"]
    assert OF_THE_HOST.items() <= environment.items()
    assert f"127.0.0.1:{local_port}" in environment["COMMUNICATION_SERVICES_CONNECTION_STRING"]
    assert environment["SMS_SENDER"] == "+18335550199"
    assert environment["SIGNING_KEYS"] == (app / ".local" / "func" / "signing-keys").read_text()
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))
    data = app / ".local" / "func"
    assert azurite["arguments"][-2:] == ["--location", str(data / "azurite")]
    assert (data / "providers.db").exists()
    assert sorted(path.name for path in app.iterdir()) == [".local", "local.settings.json"]
    assert (process.returncode, "Traceback" in rest) == (0, False)
    assert [each for each in (port, local_port, BLOBS, QUEUES, TABLES) if is_taken(each)] == []


def test_what_the_host_is_told_is_what_the_sample_says():
    sample = json.loads((REPOSITORY / "local.settings.sample.json").read_text())["Values"]
    assert OF_THE_HOST.items() <= sample.items()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    said, deadline = "", time.monotonic() + TIMEOUT_SECONDS
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if words in line:
            return said
        assert time.monotonic() < deadline, said
    return said
