"""Loads an app as the Python worker does: imports `function_app.py` and asks its one register for the functions."""

import json
from pathlib import Path

from azure.functions import FunctionRegister

from local.host.app.app_function import App, AppFunction
from local.host.app.app_module import import_app
from local.host.app.app_rules import refuse_what_cannot_run
from local.host.app.user_code import place
from local.host.starting.cannot_start import CannotStart
from local.host.starting.host_json import read_host_json


def load_app(directory: Path) -> App:
    """Import the app. Raises `CannotStart` for what Azure could not run, or would run otherwise than it is written."""
    functions = _functions(import_app(directory))
    refuse_what_cannot_run(functions)
    return App(functions, read_host_json(directory / "host.json"))


def _functions(register: FunctionRegister) -> list[AppFunction]:
    try:
        declared = register.get_functions()
    except ValueError as error:  # the SDK's text names the function, but not where it is
        calls = [builder._function for builder in register._function_builders]
        places = [place(call.get_user_function()) for call in calls if f" {call.get_function_name()} " in str(error)]
        raise CannotStart(f"{'; '.join(places)}: {error}") from None
    return [
        AppFunction(
            name=str(function.get_function_name()),
            call=function.get_user_function(),
            bindings=[json.loads(text) for text in function.get_raw_bindings()],
            retry=function.get_settings_dict("retry_policy"),
        )
        for function in declared
    ]
