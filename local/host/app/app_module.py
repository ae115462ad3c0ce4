"""Imports an app's `function_app.py`, and says where that failed."""

import ast
import importlib.util
import os
import sys
import traceback
from pathlib import Path

from azure.functions import FunctionRegister

from local.host.starting.cannot_start import CannotStart

INSTALLED = {"site-packages", "dist-packages"}


def import_app(directory: Path) -> FunctionRegister:
    """The one function app that the module holds. Raises `CannotStart`, also for what the app's own code raises."""
    file = directory.resolve() / os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not file.is_file():
        raise CannotStart(f"There is no {file.name} in {directory}.")
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise CannotStart(_explained(error, file.parent)) from error
    registers = {name: value for name, value in vars(module).items() if isinstance(value, FunctionRegister)}
    if len(registers) != 1:  # one under two names is too many for Azure's worker as well
        names = f" ({', '.join(registers)})" if registers else ""
        raise CannotStart(f"{file} must name exactly one function app, and names {len(registers)}{names}.")
    [register] = registers.values()
    return register


def _explained(error: BaseException, directory: Path) -> str:
    """File, line and function of the app's own code, then how Python got there, without what is not the app's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename, directory)]
    told = "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)])
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}, line {error.lineno}"
    elif frames:
        last = frames[-1]
        place = f"{last.filename}, line {last.lineno}{_function_at(last)}"
    else:
        place = str(directory)
    return f"{place}: {type(error).__name__} while the app was imported.\n\n{told}"


def _is_own(file: str, directory: Path) -> bool:
    return directory in Path(file).parents and not INSTALLED & set(Path(file).parts)


def _function_at(frame: traceback.FrameSummary) -> str:
    """The function that is at work, or is being decorated."""
    if frame.name != "<module>":
        return f", in {frame.name}"
    for node in ast.walk(ast.parse(Path(frame.filename).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min(part.lineno for part in (node, *node.decorator_list))
            if first <= (frame.lineno or 0) <= (node.end_lineno or 0):
                return f", at the function {node.name}"
    return ""
