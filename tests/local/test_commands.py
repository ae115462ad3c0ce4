"""What a new user types first: any Python, no environment, other ports."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from local import serve
from local.serving import USUAL, Serving, told_in

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "local" / "__main__.py"
OLDER = ("3.10", "3.9", "3.8")


def older_pythons() -> list[str]:
    """Those on this machine that run. A version manager leaves shims that name a version and cannot run it."""
    in_path = map(Path, os.environ["PATH"].split(os.pathsep))
    roots = [directory.parent / "versions" for directory in in_path if directory.name == "shims"]
    managed = [str(path) for root in roots for version in OLDER for path in root.glob(f"{version}.*/bin/python")]
    found = [path for version in OLDER if (path := shutil.which(f"python{version}"))]
    return [path for path in (*managed, *found) if runs(path)]


def runs(python: str) -> bool:
    return subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0


def test_any_python_3_can_read_what_it_is_started_with():
    ast.parse(MAIN.read_text(), feature_version=(3, 6))
    ast.parse((MAIN.parent / "__init__.py").read_text(), feature_version=(3, 6))


@pytest.fixture(params=[0, 1, 2])
def older(request):
    pythons = older_pythons()
    if len(pythons) <= request.param:
        pytest.skip("no older Python here")
    return pythons[request.param]


def test_an_older_python_gets_one_line_that_says_which_one_is_needed(older):
    ended = subprocess.run([older, "-m", "local", "serve"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert re.fullmatch(r"Cannot start: Landfall needs Python 3\.11 or newer, and this is 3\.\d+\.\n", ended.stderr)


def test_make_says_so_too_and_installs_nothing(older, tmp_path):
    ended = make("run", f"PYTHON={older}", f"VENV={tmp_path / 'venv'}")

    assert ended.returncode == 2
    assert f"Landfall needs Python 3.11 or newer, and {older} is 3." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "venv").exists()


def test_without_the_environment_it_says_what_to_type_instead(tmp_path):
    python = Path(sys.base_prefix) / "bin" / "python3"
    command = [str(python), "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import local.__main__"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Cannot start: ")
    assert "Use `make run` or `make demo`." in ended.stderr


@pytest.mark.parametrize(
    ("serving", "command"),
    [(USUAL, "make demo"), (Serving(8071, 8072), "make demo APP_PORT=8071 LOCAL_PORT=8072")],
)
def test_the_greeting_shows_a_command_that_works_when_it_is_pasted(serving, command, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    assert serve._demo(serving) == command

    monkeypatch.chdir(tmp_path)
    assert serve._demo(serving) == command.replace("make", f"make -C {ROOT}", 1)


@pytest.mark.parametrize("target", ["run", "func", "demo"])
def test_make_takes_other_ports(target):
    ended = make("-n", target, "APP_PORT=8071", "LOCAL_PORT=8072")
    assert f"-m local {'serve' if target == 'run' else target} --port 8071 --local-port 8072" in ended.stdout


def test_who_serves_where_is_found_and_forgotten(tmp_path):
    assert told_in(tmp_path) is None

    Serving(8071, 8072).tell(tmp_path)
    assert told_in(tmp_path) == Serving(8071, 8072)

    Serving(8071, 8072).forget(tmp_path)
    assert told_in(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"port": 1}', "\xff"])
def test_a_note_that_cannot_be_read_is_none(content, tmp_path):
    (tmp_path / "serving.json").write_text(content, encoding="latin-1")
    assert told_in(tmp_path) is None


@pytest.mark.parametrize("target", ["run", "demo", "func"])
def test_running_installs_no_tools_of_developers(target, tmp_path):
    """The commands that would be run in a new clone."""
    commands = make("-n", target, f"VENV={tmp_path / 'venv'}").stdout

    assert "--group local" in commands
    assert "--group dev" not in commands


def test_what_local_imports_is_installed_by_what_running_installs():
    """By name: the distributions that hold the imported modules, or one that is named and brings them along."""
    named = set(re.findall(r"^([\w-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    named |= {re.split(r"[<>=\[]", each)[0] for each in groups["local"]}
    brought = {"multidict", "yarl"}  # of aiohttp
    distributions = packages_distributions()
    imported = {name for file in (ROOT / "local").rglob("*.py") for name in imports_of(file)}
    foreign = {name for name in imported if name in distributions and name != "azure"}

    assert {distributions[name][0] for name in foreign} <= named | brought


def imports_of(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module).partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")},
        capture_output=True,
        text=True,
        check=False,
    )
