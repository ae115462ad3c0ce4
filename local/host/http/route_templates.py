"""Route templates of HTTP triggers, as ASP.NET Core reads them: `orders/{id:int:min(1)}/{*rest}`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

_PARAMETER = re.compile(
    r"\{(?P<rest>\*{0,2})(?P<name>\w+)(?P<constraints>(?::\w+(?:\((?:\{\{|\}\}|[^{}])*?\))?)*)"
    r"(?P<default>=[^{}?]*)?(?P<optional>\?)?\}"
)
_CONSTRAINT = re.compile(r":(?P<name>\w+)(?:\((?P<arguments>.*?)\))?(?=:|$)")
_GUID = re.compile(r"[({]?[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}[)}]?", re.IGNORECASE)

Check = Callable[[str], bool]


class InvalidRoute(Exception):
    """The template cannot be followed; the text says which part of it."""


@dataclass(frozen=True)
class Parameter:
    """One `{…}`. `default` is None without one."""

    name: str
    checks: tuple[Check, ...]
    default: str | None

    def takes(self, value: str | None) -> bool:
        """What is left out is not looked at."""
        return not value or all(check(value) for check in self.checks)


@dataclass(frozen=True)
class RouteTemplate:
    """A template that has been read. `order` says which of several comes first: the smaller one."""

    text: str
    path: re.Pattern[str]
    parameters: tuple[Parameter, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def order(self) -> tuple[int, ...]:
        """Literal segments come before parameters, and those before a rest; as ASP.NET chooses."""
        return tuple(_rank(segment) for segment in self.text.split("/"))

    def values(self, path: str) -> dict[str, str] | None:
        """The parameters in this path below the prefix, in any case of letters; None if it does not match."""
        match = self.path.fullmatch(path)
        if match is None or not all(parameter.takes(match[parameter.name]) for parameter in self.parameters):
            return None
        found = {parameter.name: match[parameter.name] or parameter.default for parameter in self.parameters}
        return {name: value for name, value in found.items() if value}


def read_template(text: str) -> RouteTemplate:
    """Raises `InvalidRoute`."""
    pattern, position, parameters = "", 0, []
    for match in _PARAMETER.finditer(text):
        literal = _literal(text[position : match.start()])
        position = match.end()
        group = f"(?P<{match['name']}>{'.*' if match['rest'] else '[^/]+'})"
        if match["optional"] or match["rest"] or match["default"]:
            literal, group = literal.removesuffix("/"), f"(?:{'/' if literal.endswith('/') else ''}{group})?"
        pattern += literal + group
        default = match["default"] and match["default"][1:]
        parameters.append(Parameter(match["name"], _checks(match["constraints"]), default))
    return RouteTemplate(
        text, re.compile(pattern + _literal(text[position:]), re.IGNORECASE | re.DOTALL), tuple(parameters)
    )


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise InvalidRoute(f"'{text}' is no parameter such as {{id}}, {{id:int}}, {{id?}}, {{id=7}} or {{*rest}}")
    return re.escape(text)


def _rank(segment: str) -> int:
    if "{" not in segment:
        return 0
    if "{*" in segment:
        return 3
    return 1 if ":" in segment else 2


def _checks(constraints: str) -> tuple[Check, ...]:
    return tuple(_check(each["name"], each["arguments"]) for each in _CONSTRAINT.finditer(constraints))


def _check(name: str, arguments: str | None) -> Check:
    if name == "regex" and arguments:
        return _search(arguments.replace("{{", "{").replace("}}", "}"))
    try:
        numbers = [int(argument) for argument in arguments.split(",")] if arguments else []
        return partial(CONSTRAINTS[name, len(numbers)], *numbers)
    except (KeyError, ValueError):
        raise InvalidRoute(f"there is no constraint {name}({arguments or ''})") from None


def _search(pattern: str) -> Check:
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise InvalidRoute(f"the regular expression {pattern} cannot be read ({error})") from None
    return lambda value: compiled.search(value) is not None


def _is_integer(bits: int, value: str) -> bool:
    is_number = value.removeprefix("-").isdecimal() and value.isascii()
    return is_number and -(2 ** (bits - 1)) <= int(value) < 2 ** (bits - 1)


def _is_between(least: int, most: int, value: str) -> bool:
    return _is_integer(64, value) and least <= int(value) <= most


def _has_length(least: int, most: int, value: str) -> bool:
    return least <= len(value) <= most


def _is_float(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_moment(value: str) -> bool:
    """ISO 8601; .NET also takes what is usual in America."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


MOST = 2**63 - 1
CONSTRAINTS: dict[tuple[str, int], Callable[..., bool]] = {
    ("int", 0): partial(_is_integer, 32),
    ("long", 0): partial(_is_integer, 64),
    ("bool", 0): lambda value: value.lower() in ("true", "false"),
    ("guid", 0): lambda value: _GUID.fullmatch(value) is not None,
    ("alpha", 0): lambda value: value.isascii() and value.isalpha(),
    ("datetime", 0): _is_moment,
    ("decimal", 0): _is_float,
    ("double", 0): _is_float,
    ("float", 0): _is_float,
    ("required", 0): bool,
    ("min", 1): lambda least, value: _is_between(least, MOST, value),
    ("max", 1): lambda most, value: _is_between(-MOST, most, value),
    ("range", 2): _is_between,
    ("length", 1): lambda length, value: len(value) == length,
    ("length", 2): _has_length,
    ("minlength", 1): lambda least, value: len(value) >= least,
    ("maxlength", 1): lambda most, value: len(value) <= most,
}
"""By name and number of arguments."""
