"""docs/clients.md: the clients that common generators make, and the programs of the page as they are printed."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.processes import ROOT, Platform
from triggers.http.openapi import description

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
NODE_MODULES = Path(__file__).parent / "node_modules"
REQUIRED = "LANDFALL_REQUIRE_CLIENTS"

pytestmark = pytest.mark.timeout(180)  # for a machine that does much else


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def run(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=directory, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    platform = Platform(tmp_path)
    platform.start()
    yield platform
    platform.stop()


def hang_up_once(url: str) -> None:
    """Be the server for one connection, and end it without an answer."""
    address = urlsplit(url)
    with socket.create_server((str(address.hostname), address.port or 0)) as server:
        connection, _ = server.accept()
        connection.recv(1)
        connection.close()


def test_the_python_client_sends_again_follows_the_message_and_lists_its_conversation(platform, tmp_path):
    generate, *_ = blocks("sh")
    here = lambda text: text.replace("http://127.0.0.1:7071", platform.url)  # noqa: E731
    made = run(["sh", "-c", here(generate)], tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout, made.stdout  # such as: this endpoint is left out
    program = tmp_path / "program.py"
    program.write_text(here("\n".join(blocks("python"))), encoding="utf-8")
    platform.kill()

    running = subprocess.Popen(
        [sys.executable, program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    hang_up_once(platform.url)
    platform.start()
    said, _ = running.communicate(timeout=60)

    assert running.returncode == 0, said
    [accepted] = re.findall(r"^accepted (\S+)$", said, re.MULTILINE)
    assert said.splitlines()[1:] == ["delivered by sms", f"outbound {accepted}"]


def test_the_python_client_pages_through_a_conversation(platform, tmp_path):
    """Its function of the page, a message at a time."""
    assert run(["sh", "-c", blocks("sh")[0].replace("http://127.0.0.1:7071", platform.url)], tmp_path).returncode == 0
    sent = [platform.post(customerId="pages", to={"sms": "+14255550123"}, channels=["sms"]) for _ in range(3)]
    conversation = platform.message(sent[0])["conversationId"]
    functions = [block.partition("\n\n\nfor ")[0].partition("\n\n\nmessage = ")[0] for block in blocks("python")]
    program = tmp_path / "program.py"
    listing = f"print([each.message_id for each in messages_of({conversation!r}, page_size=1)])"
    program.write_text("\n".join([functions[0], functions[3], listing]).replace("http://127.0.0.1:7071", platform.url))

    listed = run([sys.executable, str(program)], tmp_path)

    assert listed.stdout.strip() == str(sent[::-1]), listed.stderr


@pytest.fixture
def types(tmp_path: Path) -> Path:
    """A folder with the types that the command of the page makes of the document."""
    if not (NODE_MODULES / ".installed").exists():
        assert REQUIRED not in os.environ, "npm ci --prefix tests/clients"
        pytest.skip("openapi-typescript is not installed: make test does it, with Node 20 or newer")
    (tmp_path / "openapi.json").write_text(json.dumps(description()))
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    [command] = [each for each in blocks("sh") if "openapi-typescript" in each]
    made = run(["sh", "-c", command.replace("http://127.0.0.1:7071/api/openapi.json", "openapi.json")], tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    return tmp_path


def faults_of(program: str, types: Path) -> str:
    (types / "program.ts").write_text(program, encoding="utf-8")
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]
    return run([str(NODE_MODULES / ".bin" / "tsc"), *options, "program.ts"], types).stdout


def test_the_program_in_typescript_fits_its_types_and_one_with_a_mistake_does_not(types):
    [program] = blocks("ts")
    mistaken = program.replace('channels: ["sms"', 'channels: ["pigeon"')

    assert faults_of(program, types) == ""
    assert "program.ts" in faults_of(mistaken, types)
    assert mistaken != program
