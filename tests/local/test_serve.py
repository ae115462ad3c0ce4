"""`python -m local serve` as a person starts it, and as a crash ends it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.environment import ACCESS_KEY, app_environment
from tests.ports import free_port

REPOSITORY = Path(__file__).parents[2]
APP = """
import os

import azure.functions as func

app = func.FunctionApp()


@app.function_name("sentence")
@app.route(route="sentence")
def sentence(req: func.HttpRequest) -> str:
    return os.environ["SENTENCE"]
"""
SETTINGS = """{"Values": {"SENTENCE": "It runs.", "MESSAGE_STORE": "nowhere"}}"""


class Serving:
    """The command in a process of its own, over a small app, on two free ports."""

    def __init__(self, directory: Path) -> None:
        (directory / "function_app.py").write_text(APP)
        (directory / "host.json").write_text('{"version": "2.0"}')
        (directory / "local.settings.json").write_text(SETTINGS)
        self.ports = free_port(), free_port()
        flags = ["--port", str(self.ports[0]), "--local-port", str(self.ports[1])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "serve", *flags],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def output_until(self, words: str) -> str:
        """What it says, up to the line with these words, or to its end."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                break
        return said

    def rest_of_output(self) -> str:
        """What it still says, once it and everything that it started have ended."""
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def pid_of(self, command: str) -> int:
        """Of the child process that runs this command."""
        listing = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(maxsplit=2) for line in listing.splitlines()[1:]]
        [pid] = [
            int(pid) for pid, parent, args in rows if int(parent) == self.process.pid and f"local {command}" in args
        ]
        return pid


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(tmp_path)
    yield serving
    if serving.process.poll() is None:
        serving.process.kill()
    serving.rest_of_output()
    serving.process.wait()
    assert serving.process.stdout is not None
    serving.process.stdout.close()


def test_it_says_where_things_are_and_stops_when_asked(serving, tmp_path):
    said = serving.output_until("See it work")
    assert f"Inbox            http://127.0.0.1:{serving.ports[1]}/local/inbox" in said

    serving.process.send_signal(signal.SIGINT)

    assert serving.process.wait(10) == 0
    assert "Traceback" not in serving.rest_of_output()
    assert (tmp_path / ".local" / "providers.db").exists()


def test_the_app_gets_the_settings_of_its_directory(serving):
    serving.output_until("See it work")

    with urllib.request.urlopen(f"http://127.0.0.1:{serving.ports[0]}/api/sentence", timeout=10) as answer:
        assert answer.read() == b"It runs."


def test_its_children_do_not_outlive_it_when_it_is_killed(serving):
    serving.output_until("See it work")

    serving.process.kill()

    serving.rest_of_output()  # ends only when no child holds the other end of the pipe
    assert [_is_free(port) for port in serving.ports] == [True, True]


@pytest.mark.parametrize("name", ["host", "providers"])
def test_when_one_process_dies_it_ends_the_other_and_says_which(name, serving):
    serving.output_until("See it work")

    os.kill(serving.pid_of(name), signal.SIGKILL)

    assert serving.process.wait(10) == 1
    assert f"The {name} process ended with status -9" in serving.rest_of_output()


def test_a_taken_port_is_said_clearly(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "local", "serve", "--local-port", port, "--port", str(free_port())]
        ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Cannot start: port {port} is taken.")
    assert ended.stdout == ""


def test_settings_that_cannot_be_read_are_said_clearly(tmp_path):
    (tmp_path / "local.settings.json").write_text('{"IsEncrypted": true}')
    command = [sys.executable, "-m", "local", "serve", "--port", str(free_port()), "--local-port", str(free_port())]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Cannot start: local.settings.json is encrypted")


def test_the_app_is_told_where_the_stand_ins_are(tmp_path):
    environment = app_environment(tmp_path, 7072)

    connection_string = environment["COMMUNICATION_SERVICES_CONNECTION_STRING"]
    assert connection_string == f"endpoint=http://127.0.0.1:7072/;accesskey={ACCESS_KEY}"
    assert environment["EVENTGRID_TOPIC_ENDPOINT"] == "http://127.0.0.1:7072/topics/landfall/api/events"
    assert environment["MESSAGE_STORE"] == f"sqlite:{tmp_path / 'landfall.db'}"


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return listener.connect_ex(("127.0.0.1", port)) != 0
