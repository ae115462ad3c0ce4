"""The classes of the protocol between host and worker, as plain ones: the worker is handed them and asks for no others.

Names and numbers are those of Microsoft's FunctionRpc.proto.
"""

from types import SimpleNamespace
from typing import Any


class Plain:
    """What it is made with are its attributes."""

    def __init__(self, **fields: Any) -> None:
        vars(self).update(fields)

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802
        """The one field that is set, which is all that the worker asks of a group of fields."""
        return next((name for name in vars(self) if name != "name"), None)


class TypedData(Plain):
    """One value, by its kind."""


class BindingInfo(Plain):
    out, inout = 1, 2
    undefined = 0


class StatusResult(Plain):
    Failure, Success = 0, 1

    def __init__(self, status: int, exception: Any = None) -> None:
        super().__init__(status=status, exception=exception)


class RpcHttpCookie(Plain):
    SameSite = SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


PROTOCOL = SimpleNamespace(
    TypedData=TypedData,
    BindingInfo=BindingInfo,
    StatusResult=StatusResult,
    RpcHttpCookie=RpcHttpCookie,
    **{
        name: type(name, (Plain,), {})
        for name in (
            *("ParameterBinding", "RpcHttp", "RpcException", "RpcRetryOptions", "RpcFunctionMetadata"),
            *("NullableString", "NullableBool", "NullableDouble", "NullableTimestamp", "WorkerMetadata"),
            *("WorkerInitResponse", "FunctionMetadataResponse", "InvocationResponse"),
        )
    },
)
