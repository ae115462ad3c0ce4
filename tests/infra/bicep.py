"""The Bicep files of infra/, read for the tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from pycep import BicepParser

INFRA = Path(__file__).parents[2] / "infra"
FILES = sorted(INFRA.glob("*.bicep"))
Tree = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    file: str
    name: str
    type: str
    body: Tree

    @property
    def properties(self) -> Tree:
        properties: Tree = self.body.get("properties", {})
        return properties


@cache
def tree(name: str) -> Tree:
    """A file such as `cosmos.bicep`, parsed. Expressions stay trees; strings keep their `${…}`."""
    return cast("Tree", BicepParser().parse(text=text(name)))


def text(name: str) -> str:
    return (INFRA / name).read_text()


def resources(type_: str = "") -> Iterator[Resource]:
    """Every resource that is made, of one type or of all; one that is made in a loop is one."""
    for file in FILES:
        for name, each in tree(file.name).get("resources", {}).items():
            if not each["existing"] and type_ in ("", each["type"]):
                yield Resource(file.name, name, each["type"], body_of(each["config"]))


def variable(file: str, name: str) -> Any:
    return tree(file)["variables"][name]["value"]


def identifiers(source: str) -> set[str]:
    """The names that a file uses: not those of functions and properties, nor what its strings and comments say."""
    source = re.sub(r"'''.*?'''", "", source, flags=re.DOTALL)
    source = re.sub(r"(?<!:)//.*", "", source)
    inside = " ".join(re.findall(r"\$\{(.*?)\}", source))
    outside = re.sub(r"'[^'\n]*'", "", source)
    return set(re.findall(r"(?<![\w.@?])(?<!!\.)([A-Za-z_]\w*)(?!\w)(?!\s*[:(])", f"{outside} {inside}"))


def body_of(config: Tree) -> Tree:
    """What stands inside `if (…)` and `[for …]`."""
    while {"loop_type", "condition"} & set(config) and "config" in config:
        config = config["config"]
    return config
