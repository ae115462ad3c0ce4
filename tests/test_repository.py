"""What holds for the repository as a whole: who may import whom, which settings there are, what must not be in it."""

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.environment import app_environment
from scripts.architecture import LAYERS, PICTURE, imports_of, picture
from settings import Settings

ROOT = Path(__file__).parent.parent

NOT_DEPLOYED = {"tests", "bench", "console", "local", "infra", "operations", "scripts"}

HOST_SETTINGS = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"}
"""What the Functions host and its SDKs read, and not we."""

PLATFORM = app_environment(Path(".local"), local_port=7072)
"""What `make run` sets."""


def files_under_git() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def part_of(file: Path) -> str:
    """`domain` for domain/messages/message.py, `services` for services.py."""
    return file.relative_to(ROOT).with_suffix("").parts[0]


def app_files() -> list[Path]:
    python = [file for file in files_under_git() if file.suffix == ".py"]
    return [file for file in python if part_of(file) not in NOT_DEPLOYED]


def texts_in(file: Path) -> Iterator[str]:
    """The strings of a file's code."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def layer_of(part: str) -> int | None:
    return next((number for number, parts in enumerate(LAYERS) if part in parts), None)


def is_downwards(importer: str, imported: str) -> bool:
    above, below = layer_of(importer), layer_of(imported)
    return below is None or importer == imported or (above is not None and above < below)


def test_every_part_of_the_app_has_its_place():
    assert {part_of(file) for file in app_files()} == set().union(*LAYERS)


def test_the_picture_in_the_readme_shows_the_imports_as_they_are():
    """`make picture` draws it again."""
    assert PICTURE.read_text() == picture()


def test_imports_point_one_way():
    upwards = [
        f"{file.relative_to(ROOT)} imports {imported}"
        for file in app_files()
        for imported in imports_of(file)
        if not is_downwards(part_of(file), imported)
    ]
    assert upwards == []


def test_the_app_never_imports_what_is_not_deployed():
    astray = [file for file in app_files() if NOT_DEPLOYED & set(imports_of(file))]
    assert astray == []


def test_the_local_platform_knows_an_app_by_its_public_contract_alone():
    """That is: the environment, HTTP, and what `function_app.py` registers. So it could be a package of its own."""
    local = [file for file in files_under_git() if file.suffix == ".py" and part_of(file) == "local"]
    parts = set().union(*LAYERS) - {"group_commit"}

    assert [str(file.relative_to(ROOT)) for file in local if parts & set(imports_of(file))] == []
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in app_files()}
    naming = {file.name for file in local if modules & {text for text in texts_in(file) if "." in text}}
    assert naming == {"app_clock.py"}  # the one seam beyond the contract, which says so itself


def test_the_group_commit_is_a_library_of_its_own():
    assert set(imports_of(ROOT / "group_commit.py")) <= sys.stdlib_module_names


def test_the_domain_needs_the_standard_library_alone():
    foreign = {
        imported
        for file in app_files()
        if part_of(file) == "domain"
        for imported in imports_of(file)
        if imported not in sys.stdlib_module_names
    }
    assert foreign == {"domain"}


def test_nothing_names_a_place_on_somebodys_machine():
    place = re.compile(rb"(?<![\w.~-])/(?:work|root|home|Users)/")
    assert [file for file in files_under_git() if place.search(file.read_bytes())] == []


def sample() -> dict[str, str]:
    values: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    return values


def test_the_sample_holds_every_setting_and_no_other():
    ours = {name.upper() for name in Settings.model_fields}
    assert set(sample()) == ours | HOST_SETTINGS | set(PLATFORM)


def test_the_sample_is_what_the_local_platform_sets():
    assert {name: sample().get(name) for name in PLATFORM} == PLATFORM


def test_the_app_takes_the_sample(monkeypatch):
    for name, value in sample().items():
        monkeypatch.setenv(name, value)

    assert Settings().message_store == "sqlite:.local/landfall.db"


def codes_in_the_app() -> set[str]:
    """The first argument of every `Reason(…)`."""
    nodes = [node for file in app_files() for node in ast.walk(ast.parse(file.read_text()))]
    return {
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason"
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def test_the_closed_list_of_reason_codes_is_the_one_in_the_documents():
    _, _, section = (ROOT / "docs" / "errors.md").read_text().partition("## Reasons")
    listed = re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE)

    assert sorted(listed) == sorted(codes_in_the_app())


def test_a_name_stands_for_one_thing_in_the_whole_app():
    """But for the modules of providers, which are alike, the entity, which the host calls by the name of its file, and
    the bodies of answers, which describe the same things as JSON.
    """
    modules: dict[str, list[str]] = defaultdict(list)
    names: dict[str, list[str]] = defaultdict(list)
    for file in app_files():
        path = file.relative_to(ROOT)
        if path.name == "__init__.py" or path.stem == "acs" or path.parts[0] == "entities":
            continue
        modules[path.name].append(str(path))
        for node in ast.parse(file.read_text()).body if "responses" not in path.parts else ():
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                names[node.name].append(str(path))

    assert {name: places for name, places in [*modules.items(), *names.items()] if len(places) > 1} == {}
