"""Keep foreign error texts out of the durable history."""

import traceback
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from domain.errors import LandfallError

ROOT = Path(__file__).parent.parent

P = ParamSpec("P")
T = TypeVar("T")


def in_our_words(activity: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Replace foreign errors: their text would be stored in the durable history, and an SDK's text may hold an address.

    The new error has the type of the old one and the place in our code. A `LandfallError` passes unchanged.
    """

    @wraps(activity)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await activity(*args, **kwargs)
        except LandfallError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, its text must not get out
            raise LandfallError(f"{type(error).__name__} at {_place(error)}") from None

    return guarded


def _place(error: Exception) -> str:
    """The innermost line of the traceback in our code."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = ([frame for frame in frames if _is_ours(Path(frame.filename))] or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _is_ours(file: Path) -> bool:
    """Below our folder, and not of a library: Azure installs them there too, in `.python_packages`, and others in
    `.venv` or the like.
    """
    return ROOT in file.parents and not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
