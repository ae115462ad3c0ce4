"""Azure's worker may keep an azure-functions of its own, older than ours, and must find all functions with it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEX = """
import json
import azure.functions
from function_app import app

functions = {f.get_function_name(): [json.loads(b) for b in f.get_raw_bindings()] for f in app.get_functions()}
print(json.dumps([azure.functions.__version__, azure.functions.__file__, functions]))
"""
"""What the worker asks of an app."""


def indexed(*before: Path):
    """With these folders first on the path: version and file of the SDK, and the functions with their bindings."""
    path = os.pathsep.join(map(str, (*before, ROOT)))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
    told = subprocess.run([sys.executable, "-c", INDEX], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


@pytest.mark.parametrize("version", ["1.22.1", "1.24.0"])
def test_every_function_is_found_with_an_older_sdk(version, tmp_path):
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--ignore-requires-python", "--target", tmp_path]
    got = subprocess.run([*install, f"azure-functions=={version}"], capture_output=True, text=True, check=False)
    if got.returncode:
        pytest.skip(f"azure-functions {version} cannot be had: {got.stderr.splitlines()[-1:]}")

    told, file, functions = indexed(tmp_path)

    assert told == version
    assert Path(file).is_relative_to(tmp_path)
    assert functions == indexed()[2]
