"""The document and the answers agree, whatever is sent: schemathesis reads the one and judges the other."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT
from tests.end_to_end.test_auth import GuardedPlatform
from triggers.http.described.every_operation import OPERATIONS

pytestmark = pytest.mark.timeout(300)  # half a minute, on a machine that does nothing else

CONFIG = ROOT / "tests" / "contract" / "schemathesis.toml"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedPlatform]:
    platform = GuardedPlatform(tmp_path)
    platform.start()
    yield platform
    platform.stop()


def test_no_answer_differs_from_what_the_document_says(guarded: GuardedPlatform, tmp_path: Path):
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", "--no-color"]
    key = f"x-functions-key: {guarded.keys.function}"

    run = subprocess.run(
        [*command, "--header", key, "--continue-on-failure", f"{guarded.url}/api/openapi.json"],
        cwd=tmp_path,  # where it leaves what it remembers
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    tested = re.search(r"Tested: (\d+)", run.stdout)
    assert tested, run.stdout
    assert int(tested[1]) == len(OPERATIONS) - 2  # but for MessageRouter, and the one that brings the document
