"""The Bicep files can be read, fit together, and say what Azure's published types know."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.bicep import FILES, INFRA, body_of, identifiers, resources, text, tree

WORDS = {
    *("targetScope", "param", "var", "resource", "module", "output", "existing", "if", "for", "in"),
    *("string", "int", "bool", "object", "true", "false", "null"),
}
TYPES = "LANDFALL_BICEP_TYPES"
NOT_PUBLISHED = r"unknown resource type or version Microsoft\.Network/"
"""The types that we check against leave networks out; test_network.py holds what we say about them."""

each_file = pytest.mark.parametrize("file", [file.name for file in FILES])


@each_file
def test_a_file_is_bicep(file):
    assert tree(file)["globals"]["scope"]["value"] == ("subscription" if file == "main.bicep" else "resourceGroup")


@each_file
def test_a_file_uses_no_name_that_it_does_not_declare(file):
    source = text(file)
    loops = re.findall(r"\[for (\w+) in", source)
    declared = {name for kind, names in tree(file).items() if kind != "globals" for name in names}

    assert identifiers(source) - declared - WORDS - set(loops) == set()


@each_file
def test_every_parameter_and_variable_of_a_file_is_used(file):
    declared = [*tree(file).get("parameters", {}), *tree(file).get("variables", {})]
    assert [name for name in declared if len(re.findall(rf"\b{name}\b", text(file))) < 2] == []


MODULES = {
    f"{file.name}: {name}": module for file in FILES for name, module in tree(file.name).get("modules", {}).items()
}


def parameters_of(path: str) -> tuple[set[str], set[str]]:
    """All parameters of a module, and those without a default."""
    if path.endswith(".json"):
        names = set(json.loads(text(path))["parameters"])
        return names, names
    declared = tree(path).get("parameters", {})
    return set(declared), {name for name, each in declared.items() if each["default"] is None}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_given_the_parameters_that_it_declares(module):
    given = set(body_of(MODULES[module]["config"])["params"])
    declared, required = parameters_of(MODULES[module]["detail"]["path"])

    assert required <= given <= declared


def test_every_output_of_a_module_is_one_that_it_has_and_somebody_uses():
    asked = set(re.findall(r"(\w+)!?\.outputs\.(\w+)", text("main.bicep")))
    modules = tree("main.bicep")["modules"]
    given = {(name, output) for name, module in modules.items() for output in outputs_of(module["detail"]["path"])}

    assert asked == given


def outputs_of(path: str) -> list[str]:
    return list(json.loads(text(path))["outputs"] if path.endswith(".json") else tree(path).get("outputs", {}))


def test_every_file_is_part_of_the_deployment():
    modules = {each["detail"]["path"] for each in MODULES.values()}
    loaded = {name for file in FILES for name in re.findall(r"loadTextContent\('(.+?)'\)", file.read_text())}

    by_hand = {"app_roles.json"}  # docs/deploy.md gives it to the Azure CLI
    assert {file.name for file in INFRA.iterdir()} == modules | loaded | by_hand | {
        "main.bicep",
        "main.parameters.json",
    }


def test_azd_fills_the_parameters_that_there_are():
    filled = json.loads(text("main.parameters.json"))["parameters"]
    assert list(filled) == list(tree("main.bicep")["parameters"])


@pytest.mark.skipif(TYPES not in os.environ, reason=f"{TYPES} names no folder with Azure's published resource types")
def test_azures_published_types_know_every_resource_and_property():
    checker = Path(os.environ[TYPES]) / "check_bicep.py"

    checked = subprocess.run([sys.executable, checker, *FILES], capture_output=True, text=True, check=False)

    *findings, total = checked.stdout.splitlines()
    assert total.startswith(f"{len(FILES)} files, ")
    assert [finding for finding in findings if not re.search(NOT_PUBLISHED, finding)] == []


def test_whatever_can_carry_tags_carries_ours():
    untagged = {"Microsoft.Authorization/roleAssignments", "Microsoft.Consumption/budgets"}
    alone = [each for each in resources() if each.type.count("/") == 1 and each.type not in untagged]

    assert [each.name for each in alone if "tags" not in each.body] == []
