"""What people of this ecosystem open first: editor, container, CI, version, where to report."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
EDITOR = sorted([*ROOT.glob(".vscode/*.json"), ROOT / ".devcontainer" / "devcontainer.json"])
FORMS = sorted(ROOT.glob(".github/**/*.yml"))


def targets_of_make() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("file", EDITOR, ids=lambda file: file.name)
def test_a_file_for_the_editor_is_json_and_calls_targets_that_exist(file):
    text = file.read_text()
    json.loads(text)

    assert set(re.findall(r'"make ([\w-]+)"', text)) <= targets_of_make()


def test_both_lists_of_extensions_are_the_same_and_have_that_of_functions():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    extensions = json.loads((ROOT / ".vscode" / "extensions.json").read_text())["recommendations"]

    assert container["customizations"]["vscode"]["extensions"] == extensions
    assert {"ms-azuretools.vscode-azurefunctions", "ms-python.python"} <= set(extensions)


def test_the_debugger_attaches_where_the_functions_listen():
    launch = json.loads((ROOT / ".vscode" / "launch.json").read_text())["configurations"]
    tasks = {task["label"]: task for task in json.loads((ROOT / ".vscode" / "tasks.json").read_text())["tasks"]}

    [attach] = [each for each in launch if each["request"] == "attach"]
    listens = tasks[attach["preLaunchTask"]]["options"]["env"]["languageWorkers__python__arguments"]
    assert listens.endswith(f"{attach['connect']['host']}:{attach['connect']['port']}")


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.name)
def test_a_file_for_github_can_be_read(file):
    assert isinstance(yaml.safe_load(file.read_text()), dict)


def test_ci_runs_what_everybody_can_run_and_may_change_nothing():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())

    [job] = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert workflow["permissions"] == {"contents": "read"}
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_the_version_is_the_latest_in_the_changelog_below_what_is_unreleased():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    releases = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert releases[:2] == ["Unreleased", version]
    assert f"[{version}]" in (ROOT / "SECURITY.md").read_text()
