"""The host as a command, with an app that it has never seen: from any directory, with modules named as ours."""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.durable.platform import APPS

ROOT = APPS.parents[1]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    directory = tmp_path / "elsewhere" / "app"
    shutil.copytree(APPS / "namesake", directory)
    settings = {"IsEncrypted": False, "Values": {"GREETING": "a setting"}}
    (directory / "local.settings.json").write_text(json.dumps(settings))
    return directory


@pytest.fixture(params=["our root", "elsewhere", "the app's directory"])
def url(request: pytest.FixtureRequest, tmp_path: Path, app: Path) -> Iterator[str]:
    here = {"our root": ROOT, "elsewhere": tmp_path, "the app's directory": app}[request.param]
    flags = ["--app", str(app), "--port", "0", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "host", *flags],
        cwd=here,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield next((line.split()[-1] for line in process.stdout if line.startswith("Host ready on ")), "")
    process.kill()
    process.communicate()


def call(method: str, url: str) -> Any:
    request = urllib.request.Request(url, b"{}" if method == "POST" else None, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_an_app_of_any_names_runs_from_any_directory(url: str) -> None:
    begun = call("POST", f"{url}/v1/begin")
    waiting = f"{url}/runtime/webhooks/durabletask/orchestrators/look_around?timeout=10&pollingInterval=1"

    assert "taskHub=Namesake" in begun["statusQueryGetUri"]
    assert call("POST", waiting) == {
        "own modules": ["the shelf of the namesake", "hello from the namesake", "noon of the namesake"],
        "file": "a file beside the app",
        "setting": "a setting",
        "others": [],
        "strict": None,
    }
