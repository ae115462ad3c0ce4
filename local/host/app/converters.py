"""The SDK's own translators between a binding and Python."""

from typing import Any

from azure.functions.meta import _ConverterMeta


def converter(binding: str) -> Any:
    """Of a binding type, such as `httpTrigger`."""
    return _ConverterMeta.get(binding)  # type: ignore[no-untyped-call]


def has_output(binding: dict[str, Any]) -> bool:
    """Whether what the function returns goes somewhere: to `$return`, or back to a workflow."""
    return bool(binding["name"] == "$return" or converter(binding["type"]).has_implicit_output())


def takes_text(binding: dict[str, Any], annotation: object) -> bool:
    """Whether a parameter is so annotated that the worker hands it over as it came, and does not decode it."""
    return annotation in (str, bytes) and not has_output(binding)
