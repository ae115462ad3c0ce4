"""The host as a process of its own: started, killed and started again on the same data."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.durable.platform import APPS

COMMAND = """
import sys
from pathlib import Path
from local.clock import Clock
from local.host.server import run
run(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Clock())
"""


class HostProcess:
    def __init__(self, app: str, data: Path, port: int) -> None:
        arguments = [sys.executable, "-c", COMMAND, str(APPS / app), str(port), str(data)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ready(self) -> "HostProcess":
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Host ready on "):
                self.url = line.split()[-1]
                return self
        raise AssertionError(self.process.communicate()[1])

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        self.process.communicate(timeout=10)
        return self.process.returncode

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Any]:
    started: list[HostProcess] = []

    def start(app: str, data: str = "data", port: int = 0) -> HostProcess:
        started.append(HostProcess(app, tmp_path / data, port))
        return started[-1]

    yield start
    for host in started:
        host.process.kill()
        host.process.communicate()


def until(condition: Any) -> Any:
    """What happens in another process can only be looked for."""
    deadline = time.monotonic() + 10
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_a_workflow_survives_kill_9_in_every_step(hosts, tmp_path):
    instance = "/durabletask/instances/mine"
    host = hosts("errands").ready()
    host.call("POST", "/durabletask/orchestrators/errand/mine", {"folder": str(tmp_path)})
    for name in ("first", "second"):
        begun = tmp_path / f"{name}.begun"
        until(begun.exists)
        host.end(signal.SIGKILL)
        host = hosts("errands").ready()
        until(lambda begun=begun: begun.read_text() == "xx")
        (tmp_path / f"{name}.allowed").touch()
    host.call("POST", f"{instance}/raiseEvent/go", {})
    host.end(signal.SIGKILL)
    host = hosts("errands").ready()

    status = until(lambda: (found := host.call("GET", instance))["runtimeStatus"] == "Completed" and found)
    assert status["output"] == 1


def test_sigterm_ends_the_host_at_once_with_status_0_though_an_activity_runs(hosts, tmp_path):
    host = hosts("errands").ready()
    host.call("POST", "/durabletask/orchestrators/errand/mine", {"folder": str(tmp_path)})
    until((tmp_path / "first.begun").exists)

    assert host.end(signal.SIGTERM) == 0


def test_a_second_host_on_the_same_data_is_refused(hosts):
    hosts("errands").ready()

    out, errors = hosts("errands").process.communicate(timeout=10)

    assert "another process runs on" in errors
    assert "Host ready" not in out


def test_a_port_in_use_is_named(hosts):
    port = int(hosts("errands").ready().url.rpartition(":")[2])

    host = hosts("errands", data="other", port=port)

    assert f"port {port} is taken" in host.process.communicate(timeout=10)[1]
    assert host.process.returncode == 1


def test_a_data_directory_that_cannot_be_made_is_named(hosts, tmp_path):
    (tmp_path / "file").touch()

    host = hosts("errands", data="file/below")

    assert "/file/below cannot be used: Not a directory" in host.process.communicate(timeout=10)[1]


def test_an_app_that_does_not_load_is_shown_with_file_and_line(hosts):
    host = hosts("broken")

    _, errors = host.process.communicate(timeout=10)

    assert host.process.returncode == 1
    assert 'broken/function_app.py", line 4' in errors
    assert "AttributeError" in errors
