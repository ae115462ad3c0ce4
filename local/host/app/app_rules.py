"""Checks of an app: what Azure's worker refuses to load, and what would load there but never work as written.

The rules for parameters are those of the Python worker; `tests/worker` asks it (azure-functions-runtime 1.3.0). There a
function that breaks one takes the whole app with it, and the log says so; here too.
"""

import inspect
import logging
from collections.abc import Callable
from typing import Any, Union, get_origin, get_type_hints

from local.host.app.app_function import DURABLE, AppFunction
from local.host.app.converters import converter, takes_text
from local.host.app.retry_policy import InvalidPolicy, policy_of
from local.host.app.user_code import is_async, place, user_code
from local.host.http.route_templates import InvalidRoute, read_template
from local.host.starting.cannot_start import CannotStart

log = logging.getLogger("host")

NO_GENERICS = (Union, tuple, Callable)
"""Where the worker's own idea of a generic ends."""

WRAPPED = ("orchestrationTrigger", "entityTrigger")
BINDINGS = ("httpTrigger", "timerTrigger", "eventGridTrigger", *DURABLE, "durableClient")


def refuse_what_cannot_run(functions: list[AppFunction]) -> None:
    """Raises `CannotStart`, which says where and what to change."""
    _refuse_doubles(functions)
    for function in functions:
        _refuse_unknown_bindings(function)
        _refuse_what_is_never_awaited(function)
        _refuse_parameters_without_a_binding(function)
        annotations = _annotations(function)
        for binding in function.bindings:
            if binding["name"] in annotations:
                _refuse_what_does_not_fit(function, binding, annotations[binding["name"]])
        _refuse_other_contexts(function, annotations)
        _refuse_other_answers(function, annotations)
        _refuse_policies_that_cannot_be_followed(function)
        _refuse_routes_that_cannot_be_read(function)
        _warn_of_another_name(function)
        _warn_of_a_policy_without_effect(function)


def _refusal(function: AppFunction, text: str) -> CannotStart:
    return CannotStart(f"{place(function.call)}: {text}")


def _refuse_doubles(functions: list[AppFunction]) -> None:
    """The host compares names without case; the SDK alone would let `a` and `A` pass, and two with `activity="a"`."""
    names: dict[str, AppFunction] = {}
    durable_names: dict[tuple[str, str], AppFunction] = {}
    for function in functions:
        first = names.setdefault(function.name.lower(), function)
        if first is function and function.kind in DURABLE:
            first = durable_names.setdefault((function.kind, function.host_name.lower()), function)
        if first is not function:
            raise _refusal(
                function,
                f"Two functions are named {function.host_name}, the other in {place(first.call)} "
                "(the case of letters does not count).",
            )


def _refuse_unknown_bindings(function: AppFunction) -> None:
    """A trigger that never fires and an output that goes nowhere look like bugs of the app."""
    for binding in function.bindings:
        is_answer = binding["type"] == "http" and binding["name"] == "$return"
        if not is_answer and binding["type"] not in BINDINGS:
            raise _refusal(
                function,
                f"The function {function.name} has a binding of the type {binding['type']}, named {binding['name']}. "
                f"Here there are {', '.join(BINDINGS)}, and an HTTP answer that is returned.",
            )


def _refuse_what_is_never_awaited(function: AppFunction) -> None:
    """What fails silently in Azure with azure-functions-durable 1.7.0."""
    has_client = any(binding["type"] == "durableClient" for binding in function.bindings)
    if has_client and not is_async(getattr(function.call, "client_function", function.call)):
        raise _refusal(
            function,
            f"The function {function.name} has a durable client and must be async: the SDK awaits it, and every call "
            "would fail.",
        )
    if function.kind in WRAPPED and is_async(function.call):
        raise _refusal(
            function,
            f"The function {function.name} has a trigger of the type {function.kind} and must not be async: the SDK "
            "never awaits it, and nothing of it would run.",
        )


def _refuse_parameters_without_a_binding(function: AppFunction) -> None:
    if function.kind in WRAPPED and function.trigger["name"] != "context":
        raise _refusal(
            function,
            f"The function {function.name} must have context_name='context': the SDK wraps it in a function whose "
            "parameter has that name, and Azure's worker finds no other.",
        )
    bound = {binding["name"] for binding in function.bindings} - {"$return"}
    parameters = set(inspect.signature(function.call).parameters)
    if unbound := parameters - bound - {"context"}:
        raise _refusal(
            function, f"No binding of the function {function.name} has the name of its parameter {min(unbound)}."
        )
    if missing := bound - parameters:
        raise _refusal(function, f"The function {function.name} has no parameter {min(missing)}, but a binding.")


def _annotations(function: AppFunction) -> dict[str, Any]:
    try:
        return get_type_hints(function.call)
    except NameError as error:
        raise _refusal(
            function,
            f"An annotation of the function {function.name} cannot be read: {error}. Azure's worker reads them, so "
            "what they name must be imported, and not for a type checker alone.",
        ) from None


def _refuse_what_does_not_fit(function: AppFunction, binding: dict[str, Any], annotation: Any) -> None:
    """The worker takes a class or a generic of `typing`; for anything else it loads no function.

    On `Literal` it stumbles: once it has its extension for SDK types, it asks of what class each generic is.
    """
    origin = get_origin(annotation)
    of_typing = type(annotation).__module__ == "typing" and isinstance(origin, type) and origin not in NO_GENERICS
    what = f"The parameter {binding['name']} of the function {function.name} is annotated {annotation}"
    if getattr(origin or annotation, "__name__", "") == "Out":
        raise _refusal(function, f"{what}, as if it were an output. It is an input, a {binding['type']}.")
    if not isinstance(annotation, type) and not of_typing:
        raise _refusal(function, f"{what}. Azure's worker takes classes there: dict, for one, and not dict[str, Any].")
    if takes_text(binding, annotation) and binding["type"] != "httpTrigger":
        return
    try:
        fits = converter(binding["type"]).check_input_type_annotation(annotation)
    except TypeError:  # a generic where a class is compared
        fits = False
    if not fits:
        raise _refusal(function, f"{what}, and that does not fit its binding, a {binding['type']}.")


def _refuse_other_contexts(function: AppFunction, annotations: dict[str, Any]) -> None:
    bound = any(binding["name"] == "context" for binding in function.bindings)
    annotation = annotations.get("context")
    if annotation is None or bound or getattr(annotation, "__name__", "") == "Context":
        return
    raise _refusal(
        function, f"The parameter context of the function {function.name} has no binding, and must be a func.Context."
    )


def _refuse_other_answers(function: AppFunction, annotations: dict[str, Any]) -> None:
    answer = next((binding for binding in function.bindings if binding["name"] == "$return"), None)
    if answer is None or "return" not in annotations:
        return
    annotation = annotations["return"]
    if not isinstance(annotation, type) or not converter(answer["type"]).check_output_type_annotation(annotation):
        raise _refusal(
            function,
            f"The function {function.name} is annotated to return {annotation}. Azure's worker takes "
            "func.HttpResponse or str there, and nothing besides.",
        )


def _refuse_policies_that_cannot_be_followed(function: AppFunction) -> None:
    try:
        policy_of(function.retry)
    except InvalidPolicy as error:
        raise _refusal(
            function, f"The retry policy of the function {function.name} cannot be followed: {error}."
        ) from None


def _refuse_routes_that_cannot_be_read(function: AppFunction) -> None:
    if function.kind != "httpTrigger":
        return
    try:
        read_template(function.route)
    except InvalidRoute as error:
        raise _refusal(function, f"The route of the function {function.name} cannot be read: {error}.") from None


def _warn_of_another_name(function: AppFunction) -> None:
    own = user_code(function.call).__name__
    if function.kind in DURABLE and function.host_name.lower() != own.lower():
        log.warning(
            "%s: %s is known as %s. Who calls it by reference asks for %s, which does not exist.",
            *(place(function.call), own, function.host_name, own),
        )


def _warn_of_a_policy_without_effect(function: AppFunction) -> None:
    if function.retry is not None and function.kind != "timerTrigger":
        log.warning(
            "%s: %s has a retry policy, which the host ignores: a %s is not retried by the host.",
            *(place(function.call), function.name, function.kind),
        )
