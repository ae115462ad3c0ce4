"""Texts with places for data: a small part of Jinja, which reaches nothing but the data it is given.

No calls, no attributes of objects, no arithmetic, no repetition but over lists of bounded length, and an output that is
counted while it grows. Every error names the place, and quotes no data.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError, TemplateAssertionError
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_TEMPLATE = 128 * 1024
LONGEST_OUTPUT = 128 * 1024
"""Characters of one part."""

MOST_ITEMS, MOST_LOOPS, DEEPEST_LOOP = 100, 20, 2

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
    nodes.If, nodes.For, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter,
    nodes.Test,
)  # fmt: skip
FILTERS = ("default", "upper", "lower", "capitalize", "trim", "escape", "length", "first", "last", "join")
TESTS = ("defined", "undefined", "none")
OF_JINJA = (
    "self",
    "super",
    "caller",
    "loop",
    "varargs",
    "kwargs",
    "cycler",
    "joiner",
    "lipsum",
    "namespace",
    "range",
    "dict",
)
OURS = ("date", "time", "datetime", "money", "number")


class BadTemplate(ValueError):
    """A template that cannot be taken. The text says what is wrong, and in which line."""


class BadData(ValueError):
    """Data that a template cannot be rendered with. `name` is what is missing or does not fit, as `customer.name`; or
    the part of the template that came out wrong, with `is_part`.
    """

    def __init__(self, name: str, reason: str, *, is_part: bool = False) -> None:
        super().__init__(reason)
        self.name, self.is_part = name, is_part


@dataclass(frozen=True)
class Text:
    """One part of a template. `is_html`: data in it is escaped."""

    source: str
    is_html: bool = False

    def variables(self) -> set[str]:
        """What it needs, by dotted names such as `customer.name`. Raises `BadTemplate`."""
        return _names(parsed(self.source))

    def rendered(self, data: Mapping[str, Any], locale: str) -> str:
        """Raises `BadData`."""
        template = _compiled(self.source, self.is_html, locale)
        pieces, length = [], 0
        try:
            for piece in template.generate(**data):
                length += len(piece)
                if length > LONGEST_OUTPUT:
                    raise BadData("data", f"makes a text of more than {LONGEST_OUTPUT} characters")
                pieces.append(piece)
        except UndefinedError as missing:
            name = _missing(missing)
            dotted = next((each for each in sorted(self.variables()) if each.split(".")[-1] == name), name)
            raise BadData(dotted, "is needed by the template, and is not there") from None
        except (SecurityError, TypeError, ValueError, ArithmeticError) as wrong:
            if isinstance(wrong, BadData):
                raise
            raise BadData("data", "has a value of a kind that the template cannot use") from None
        return "".join(pieces)


def checked(source: str) -> None:
    """Raises `BadTemplate` for what a template must not hold."""
    if len(source) > LONGEST_TEMPLATE:
        raise BadTemplate(f"is longer than {LONGEST_TEMPLATE} characters")
    tree = parsed(source)
    for node in _every(tree):
        _check(node)
    loops = list(tree.find_all(nodes.For))
    if len(loops) > MOST_LOOPS:
        raise BadTemplate(f"has more than {MOST_LOOPS} loops")
    if any(_depth(loop) > DEEPEST_LOOP for loop in loops):
        raise BadTemplate(f"has loops more than {DEEPEST_LOOP} deep")


@lru_cache(maxsize=256)
def _compiled(source: str, is_html: bool, locale: str) -> Template:  # the cache takes it by place
    """With every loop over a list alone: a text has letters, and there may be many."""
    environment = _environment(is_html, locale)
    tree = environment.parse(source)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "each", [], [], None, None, lineno=loop.lineno)
    return environment.from_string(tree)


@lru_cache(maxsize=256)
def parsed(source: str) -> nodes.Template:
    """Raises `BadTemplate`."""
    try:
        return _environment(is_html=False, locale="en").parse(source)
    except (TemplateSyntaxError, TemplateAssertionError) as wrong:
        raise BadTemplate(f"has a mistake in line {wrong.lineno}: {_told(wrong)}") from None
    except RecursionError:
        raise BadTemplate("is nested too deeply") from None


def _told(wrong: TemplateSyntaxError) -> str:
    """Jinja's words, without what stands in the template."""
    return re.sub(r"'[^']*'", "…", wrong.message or "it cannot be read")


def _every(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _every(child)


def _check(node: nodes.Node) -> None:
    if not isinstance(node, ALLOWED):
        raise BadTemplate(f"uses something in line {node.lineno} that templates cannot do: {type(node).__name__}")
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem) and not _is_name_of_data(node):
        raise BadTemplate(f"reads something in line {node.lineno} that is no name of data")
    if isinstance(node, nodes.Filter) and node.name not in (*FILTERS, *OURS):
        raise BadTemplate(f"uses a filter in line {node.lineno} that there is not: {node.name}")
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise BadTemplate(f"uses a test in line {node.lineno} that there is not: {node.name}")
    if isinstance(node, nodes.For) and (node.recursive or not isinstance(node.target, nodes.Name)):
        raise BadTemplate(f"has a loop in line {node.lineno} of a form that templates cannot have")
    if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
        raise BadTemplate(f"uses arguments in line {node.lineno} of a form that templates cannot have")


def _is_name_of_data(node: nodes.Name | nodes.Getattr | nodes.Getitem) -> bool:
    match node:
        case nodes.Name():
            return node.name not in OF_JINJA and not node.name.startswith("_")
        case nodes.Getattr():
            return bool(_dotted(node)) and not node.attr.startswith("_")
        case nodes.Getitem(arg=nodes.Const(value=str() | int() as key)):
            return bool(_dotted(node)) and not str(key).startswith("_")
    return False


def _depth(loop: nodes.For) -> int:
    return 1 + max((_depth(inner) for inner in loop.find_all(nodes.For)), default=0)


def _names(tree: nodes.Template) -> set[str]:
    """The dotted names that are read, but for those that a loop sets."""
    own = {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)} | {"loop"}
    inner = {id(getattr(each, "node", None)) for each in tree.find_all((nodes.Getattr, nodes.Getitem))}
    names = {
        name
        for each in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem))
        if id(each) not in inner and (name := _dotted(each))
    }
    return {name for name in names if name.split(".")[0] not in own}


def _dotted(node: nodes.Node) -> str:
    match node:
        case nodes.Name(ctx="load"):
            return node.name
        case nodes.Getattr():
            outer = _dotted(node.node)
            return f"{outer}.{node.attr}" if outer else ""
        case nodes.Getitem():
            return _dotted(node.node)
    return ""


class _Environment(ImmutableSandboxedEnvironment):
    """Looks up keys of objects and places of lists, and nothing else: JSON has no attributes."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)


def _shown(value: Any) -> Any:
    """What stands for a value in a text. Lists and objects have no words that a customer should read."""
    if isinstance(value, list | dict):
        raise TypeError("not a text or a number")
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return value


class _Missing(StrictUndefined):
    """Tells its name by itself: Jinja's words for it hold what stands in the data."""


def _missing(error: UndefinedError) -> str:
    found = re.findall(r"'([A-Za-z_][\w.]*)'", str(error))
    return found[-1] if found else "data"


@lru_cache(maxsize=64)
def _environment(is_html: bool, locale: str) -> _Environment:  # the cache takes it by place
    environment = _Environment(undefined=_Missing, autoescape=is_html, finalize=_shown)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS} | _filters(babel_locale(locale))
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


def babel_locale(locale: str) -> Locale:
    """The nearest that is known: for `fr-CA-x-ours` French as in Canada; English for what nobody knows."""
    parts = locale.split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:length]))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en")


def _filters(locale: Locale) -> dict[str, Any]:
    def moment(value: Any) -> datetime:
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
        return datetime.fromisoformat(str(value).replace("Z", "+00:00"))

    def day(value: Any, style: str = "long") -> str:
        text = str(value)
        return format_date(date.fromisoformat(text) if len(text) == 10 else moment(value), style, locale=locale)

    def number(value: Any) -> str:
        return format_decimal(_number(value), locale=locale)

    def money(value: Any, currency: str) -> str:
        return format_currency(_number(value), currency, locale=locale)

    def each(value: Any) -> list[Any]:
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise TypeError("not a list, or a long one")
        return value

    return {
        "each": each,
        "date": day,
        "time": lambda value: format_time(moment(value), "short", locale=locale),
        "datetime": lambda value: format_datetime(moment(value), "short", locale=locale),
        "number": number,
        "money": money,
    }


def _number(value: Any) -> float:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return value
