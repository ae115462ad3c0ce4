"""The Cosmos DB emulator, a process of Node: `@vercel/cosmosdb-server` from npm, which keeps everything in memory.

What it does otherwise than Azure is put right by the gateway in front of it.
"""

import atexit
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "node_modules/@vercel/cosmosdb-server/lib/cli.js"
REQUIRED = "LANDFALL_REQUIRE_COSMOS"
"""Set where a skip would hide something, as in CI."""


@cache
def emulator_url() -> str:
    """Where it answers, one for the process. Skips the test where it cannot run, or fails it where it must."""
    assert_there_is_one()
    command = ["node", str(PROGRAM), "--no-ssl", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    atexit.register(process.kill)
    assert process.stdout
    ready = re.search(r":(\d+)$", process.stdout.readline().strip())
    assert ready, "the emulator did not start"
    return f"http://127.0.0.1:{ready[1]}"


def assert_there_is_one() -> None:
    if not shutil.which("node"):
        _go_without("Cosmos DB: its emulator needs Node 20 or newer, and there is none")
    if not PROGRAM.exists():
        _go_without("Cosmos DB: its emulator is not installed; `make test` does it where npm is")


def _go_without(reason: str) -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)
