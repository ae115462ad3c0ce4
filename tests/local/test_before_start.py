"""What is wrong with ports, files and directories is said in one line, before anything has started."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from local.commands import main
from local.durable.persistence.storage import Storage
from tests.ports import free_port

REPOSITORY = Path(__file__).parents[2]
APP = "import azure.functions as func\n\napp = func.FunctionApp()\n"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with an app, which is the current one."""
    directory = tmp_path / "app"
    directory.mkdir()
    (directory / "function_app.py").write_text(APP)
    monkeypatch.chdir(directory)
    return directory


def serve(*flags: str) -> int:
    """On ports that are free, unless the flags name others."""
    ports = ("--port", str(free_port()), "--local-port", str(free_port()))
    return main(["serve", *ports, *flags])


def said(capfd: pytest.CaptureFixture[str]) -> str:
    out, errors = capfd.readouterr()
    assert out == ""
    assert len(errors.splitlines()) == 1, errors
    return errors


def broken_database(directory: Path, name: str) -> None:
    (directory / name).write_bytes(b"no database, but as long as the beginning of one " * 5)


def later_engine(directory: Path, name: str) -> None:
    with closing(sqlite3.connect(directory / name)) as database:
        database.execute("PRAGMA user_version = 99")


def garbage(directory: Path, name: str) -> None:
    (directory / name).write_bytes(b"\xff{")


def no_file(directory: Path, name: str) -> None:
    (directory / name).mkdir()


def other_json(directory: Path, name: str) -> None:
    (directory / name).write_text('{"sweeper": 5}')


KEPT = [
    (broken_database, "durable.db", "cannot be read (file is not a database)"),
    (broken_database, "landfall.db", "cannot be read (file is not a database)"),
    (broken_database, "providers.db", "cannot be read (file is not a database)"),
    (no_file, "providers.db", "cannot be read (unable to open database file)"),
    (later_engine, "durable.db", "is of version 99"),
    (garbage, "timers.json", "is not JSON"),
    (other_json, "timers.json", "does not hold times of timers"),
    (garbage, "virtual-time", "does not hold a time"),
    (no_file, "virtual-time", "does not hold a time"),
    (garbage, "keys.json", "is not JSON"),
    (other_json, "keys.json", "does not hold the keys"),
    (garbage, "signing-keys", "does not hold signing keys"),
    (no_file, "signing-keys", "does not hold signing keys"),
]


@pytest.mark.parametrize(("breaks", "name", "words"), KEPT)
def test_a_broken_file_of_the_data_directory_is_named_and_nothing_has_started(breaks, name, words, app, capfd):
    data = app / "data"
    data.mkdir()
    breaks(data, name)

    assert serve("--data", "data", "--auth") == 1

    told = said(capfd)
    assert told.startswith("Cannot start: ")
    assert f"{name} {words}" in told
    assert {path.name for path in data.iterdir()} <= {name, "durable.lock", "keys.json"}


BROKEN_FILES = [
    ("host.json", "{", "host.json is not JSON"),
    ("host.json", "[" * 100_000, "host.json is not JSON (it is nested too deeply)"),
    ("host.json", "[]", "host.json: it must hold a JSON object"),
    ("host.json", '{"extensions": null}', "host.json: extensions must be a JSON object"),
    ("host.json", '{"extensions": {"http": {"routePrefix": 1}}}', "host.json: routePrefix must be a text"),
    ("host.json", '{"extensions": {"durableTask": {"hubName": []}}}', "host.json: hubName must be a text"),
    ("local.settings.json", "{", "local.settings.json is not JSON"),
    ("local.settings.json", json.dumps({"Values": {"A": "a\0b"}}), "'A' in local.settings.json cannot be a variable"),
    ("local.settings.json", json.dumps({"Values": {"": "a"}}), "'' in local.settings.json cannot be a variable"),
    ("local.settings.json", json.dumps({"Values": {"A=B": "a"}}), "'A=B' in local.settings.json cannot be"),
    ("local.settings.json", json.dumps({"Values": {"A": "\ud800"}}), "'A' in local.settings.json cannot be"),
]


@pytest.mark.parametrize(("name", "content", "words"), BROKEN_FILES, ids=lambda value: value[:40])
def test_a_broken_file_of_the_app_is_named_and_nothing_has_started(name, content, words, app, capfd):
    (app / name).write_text(content)

    assert serve() == 1

    assert said(capfd).startswith(f"Cannot start: {words}")
    assert not (app / ".local" / "providers.db").exists()


@pytest.mark.parametrize("name", ["host.json", "local.settings.json"])
def test_a_directory_where_a_file_is_expected_is_named(name, app, capfd):
    (app / name).mkdir()

    assert serve() == 1

    assert said(capfd) == f"Cannot start: {name} cannot be read: Is a directory.\n"


@pytest.mark.parametrize("port", ["0", "-1", "65536", "7000000000000"])
@pytest.mark.parametrize("flag", ["--port", "--local-port"])
def test_a_number_that_is_no_port_is_refused(flag, port, app, capfd):
    assert serve(flag, port) == 1
    assert said(capfd) == f"Cannot start: port {port} is none: ports are numbers from 1 to 65535.\n"


def test_one_port_for_both_is_refused(app, capfd):
    port = str(free_port())

    assert serve("--port", port, "--local-port", port) == 1
    assert f"port {port} is named twice" in said(capfd)


@pytest.mark.parametrize("flag", ["--port", "--local-port"])
def test_a_taken_port_is_named_before_the_data_directory_is_made(flag, app, capfd):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        assert serve(flag, port) == 1

    assert f"Cannot start: port {port} is taken. Stop what uses it" in said(capfd)
    assert not (app / ".local").exists()


@pytest.mark.parametrize("data", ["file", "file/below"])
def test_a_data_directory_that_cannot_be_made_is_named(data, app, capfd):
    (app / "file").touch()

    assert serve("--data", data) == 1
    assert said(capfd).startswith(f"Cannot start: the data directory {data} cannot be used: ")


def test_a_data_directory_on_which_another_platform_runs_is_refused_before_anything_starts(app, capfd):
    other = Storage(app / "data")
    try:
        assert serve("--data", "data") == 1
    finally:
        other.close()

    assert "another process runs on data" in said(capfd)
    assert not (app / "data" / "providers.db").exists()


ALONE = [
    ("host", "--port", "70000"),
    ("host", "--app", "nowhere"),
    ("host", "--data", "function_app.py"),
    ("host", "--data", "broken"),
    ("host", "--clock", "virtual", "--data", "function_app.py"),
    ("providers", "--port", "70000"),
    ("providers", "--data", "function_app.py"),
    ("providers", "--data", "broken"),
    ("providers", "--clock", "virtual", "--data", "function_app.py"),
]


@pytest.mark.parametrize("arguments", ALONE, ids=" ".join)
def test_each_half_alone_says_why_it_cannot_start(arguments, app):
    (app / "broken").mkdir()
    for name in ("durable.db", "providers.db"):
        broken_database(app / "broken", name)
    port = [] if "--port" in arguments else ["--port", str(free_port())]
    command = [sys.executable, "-m", "local", *arguments, *port]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Cannot start: ")
    assert "Traceback" not in ended.stderr
