"""What durable code must not contain: each rule yields one sentence for each place that breaks it.

Every one of these came from a workflow that hung, failed on replay or lost an event in Azure, although it passed
wherever the engine was kinder.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

WAITING = "orchestrators/waiting.py"
ONE_DAY = timedelta(days=1)
DURABLE_TRIGGERS = {"orchestration_trigger", "activity_trigger", "entity_trigger"}


@dataclass(frozen=True)
class Source:
    """One file of the app, `path` being relative to its root."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_orchestrator(self) -> bool:
        return self.path.startswith("orchestrators/")

    def uses(self, *names: str) -> Iterator[str]:
        """Which of these names the code mentions, as often as it does."""
        for node in ast.walk(self.tree):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
            if name in names:
                yield name

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def durable_functions(self, *triggers: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Those that the host calls by one of these triggers, or by any durable one."""
        wanted = set(triggers or DURABLE_TRIGGERS)
        yield from (each for each in self.functions() if wanted & set(map(called, each.decorator_list)))


Rule = Callable[[Source], Iterator[str]]


def called(node: ast.expr) -> str:
    """The last part of what a decorator or a call names: `function_name` for `@bp.function_name("x")`."""
    match node:
        case ast.Call():
            return called(node.func)
        case ast.Attribute():
            return node.attr
        case ast.Name():
            return node.id
    return ""


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) in names)


FORBIDDEN = {
    "call_activity_with_retry": "can hang a workflow for ever beside anything cancelled",
    "call_sub_orchestrator_with_retry": "can hang a workflow for ever beside anything cancelled",
    "call_http": "is numbered otherwise by the host than by the SDK",
    "lock_entities": "does not exist in Python, and would hold up every other workflow",
    "LockRequest": "does not exist in Python, and would hold up every other workflow",
}


def uses_nothing_that_hangs(source: Source) -> Iterator[str]:
    if source.is_orchestrator:
        yield from (f"{name} {FORBIDDEN[name]}" for name in source.uses(*FORBIDDEN))


def waits_in_one_file_only(source: Source) -> Iterator[str]:
    if source.is_orchestrator and source.path != WAITING:
        names = source.uses("create_timer", "wait_for_external_event", "task_any", "task_all", "continue_as_new")
        yield from (f"{name} belongs in {WAITING}" for name in names)
        tries = [node for node in ast.walk(source.tree) if isinstance(node, ast.Try)]
        yield from (f"line {node.lineno}: trying again belongs in {WAITING}" for node in tries)


def races_no_activity(source: Source) -> Iterator[str]:
    for function in source.functions() if source.is_orchestrator else ():
        if any(calls(function, "task_any")) and any(calls(function, "call_activity", "call_sub_orchestrator")):
            yield f"{function.name}: a call that loses a race keeps the workflow Running, or hangs it"


def sets_no_timer_over_a_day(source: Source) -> Iterator[str]:
    """Proved for what the code shows: now plus a constant, or the earlier of that and something else."""
    constants = _assignments(source.tree.body)
    for function in source.functions() if source.is_orchestrator else ():
        names = {**constants, **_assignments(function.body)}
        for call in calls(function, "create_timer"):
            if len(call.args) != 1 or not _is_near(call.args[0], names):
                yield f"{function.name}: a timer that may lie more than a day ahead cannot be cancelled"


Names = dict[str, list[ast.expr]]


def _assignments(body: list[ast.stmt]) -> Names:
    """All that is assigned to each name in these statements, however deep, in functions too."""
    found: Names = defaultdict(list)
    for node in (inner for statement in body for inner in ast.walk(statement)):
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value) | ast.AnnAssign(target=ast.Name(name), value=value):
                found[name] += [value] if value else []
            case ast.Assign(targets=[ast.Tuple(targets)], value=ast.Tuple(values)):
                for target, value in zip(targets, values, strict=False):
                    found[called(target)].append(value)
            case ast.AugAssign(target=ast.Name(name)):
                found[name].append(node.value)
    return found


def _is_near(moment: ast.expr, names: Names) -> bool:
    match moment:
        case ast.BinOp(ast.Attribute(attr="current_utc_datetime"), ast.Add(), duration):
            return _is_short(duration, names)
        case ast.Call(ast.Name("min"), args):
            return any(_is_near(each, names) for each in args)
        case ast.Name(name) if name in names:
            return all(_is_near(each, names) for each in names[name])
    return False


def _is_short(duration: ast.expr, names: Names) -> bool:
    match duration:
        case ast.Call(ast.Name("timedelta"), [], keywords):
            return timedelta(**{each.arg or "": ast.literal_eval(each.value) for each in keywords}) <= ONE_DAY
        case ast.Call(ast.Name("min"), args):
            return any(_is_short(each, names) for each in args)
        case ast.Name(name) if name in names:
            return all(_is_short(each, names) for each in names[name])
    return False


def has_one_name_everywhere(source: Source) -> Iterator[str]:
    """The call, the file, the function in Azure and the row in the console are one word; but for former names."""
    is_former = PurePosixPath(source.path).stem.startswith("names_of_")
    for function in source.durable_functions():
        if function.name != PurePosixPath(source.path).stem and not is_former:
            yield f"{function.name} is not named for its file"
        for decorator in function.decorator_list:
            given = {each.arg for each in decorator.keywords} if isinstance(decorator, ast.Call) else set()
            for name in given & {"activity", "orchestration", "entity_name"}:
                yield f"{function.name}: the SDK calls it by its own name, not by {name}="
            if called(decorator) == "function_name":
                yield f"{function.name}: the SDK calls it by its own name, not by function_name"


HARMLESS = (
    "azure.durable_functions",
    "collections.abc",
    "dataclasses",
    "datetime",
    "itertools",
    "orchestrators",
    "typing",
)


def imports_nothing_of_the_world(source: Source) -> Iterator[str]:
    """Neither a clock nor chance, environment, network or file: every replay would see another one."""
    for node in ast.walk(source.tree) if source.is_orchestrator else ():
        modules = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or "."]
        for module in modules:
            if not any(module == known or module.startswith(f"{known}.") for known in HARMLESS):
                yield f"{module} may differ from replay to replay"


def asks_nobody_the_time(source: Source) -> Iterator[str]:
    if source.is_orchestrator:
        names = source.uses("now", "utcnow", "today", "open", "print", "input", "__import__", "getLogger")
        yield from (f"{name} happens again at every replay" for name in names)


def signals_with_a_dict(source: Source) -> Iterator[str]:
    """A falsy input is dropped, and the operation fails where nobody sees it."""
    for call in calls(source.tree, "signal_entity", "call_entity") if source.is_orchestrator else ():
        match call.args:
            case [_, _, ast.Dict(keys)] if keys and keys[0] is not None:
                continue
        yield f"line {call.lineno}: the input of an operation is a dict with something in it"


def runs_as_the_worker_expects(source: Source) -> Iterator[str]:
    for function in source.durable_functions("orchestration_trigger", "entity_trigger"):
        if isinstance(function, ast.AsyncFunctionDef):
            yield f"{function.name}: the worker never awaits it, so it would silently do nothing"
    for function in source.durable_functions("activity_trigger"):
        if not isinstance(function, ast.AsyncFunctionDef) or called(function.decorator_list[-1]) != "in_our_words":
            yield f"{function.name}: an activity is async, and in_our_words is its innermost decorator"


RULES: tuple[Rule, ...] = (
    uses_nothing_that_hangs,
    waits_in_one_file_only,
    races_no_activity,
    sets_no_timer_over_a_day,
    has_one_name_everywhere,
    imports_nothing_of_the_world,
    asks_nobody_the_time,
    signals_with_a_dict,
    runs_as_the_worker_expects,
)
