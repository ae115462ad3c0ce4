"""What a query asks for, put together piece by piece."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Conditions:
    """In the language of the store, and the values that are bound in them. `partition`: the one that is asked."""

    texts: list[str]
    values: dict[str, Any] = field(repr=False)
    partition: str | None = None
