"""The Cosmos DB emulator, a process of Node: once for all tests of a process, and emptied between them.

It is `@vercel/cosmosdb-server` from npm, an implementation in memory. What it does otherwise than Azure is put right by
the gateway in front of it.
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
    """Where it answers. Skips the test where there is no Node, or fails it where Cosmos DB is required."""
    node = shutil.which("node")
    if not node:
        _go_without("Cosmos DB: its emulator needs Node 20 or newer, and there is none")
    elif not PROGRAM.exists():
        _go_without("Cosmos DB: its emulator is not installed; `make install` does it")
    command = [str(node), str(PROGRAM), "--no-ssl", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    atexit.register(process.kill)
    assert process.stdout
    ready = re.search(r":(\d+)$", process.stdout.readline().strip())
    assert ready, "the emulator did not start"
    return f"http://127.0.0.1:{ready[1]}"


def _go_without(reason: str) -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)
