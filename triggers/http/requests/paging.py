"""Lists, a page at a time: `?limit=&after=` in the request, `{"data", "next"}` in the answer."""

import re
from collections.abc import Sequence
from typing import Any

import azure.functions as func

from domain.errors import InvalidMessage

USUAL_LIMIT, LARGEST_LIMIT = 50, 200


def limit_in(req: func.HttpRequest) -> int:
    """Raises `InvalidMessage`."""
    limit = req.params.get("limit", str(USUAL_LIMIT))
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= LARGEST_LIMIT:
        raise InvalidMessage(("limit", "outOfRange", f"must be a number from 1 to {LARGEST_LIMIT}"))
    return int(limit)


def foreign_after() -> InvalidMessage:
    return InvalidMessage(("after", "unknown", "must be the `next` of this list's page before"))


def page_of(data: Sequence[Any], following: str | None) -> dict[str, Any]:
    return {"data": list(data), **({"next": following} if following else {})}


def only(req: func.HttpRequest, *known: str) -> None:
    """Raises `InvalidMessage` for a parameter that there is not: a filter that is misspelt must not find everything."""
    wrong = sorted(set(req.params) - {*known, "limit", "after", "code"})
    if wrong:
        raise InvalidMessage(*((name, "unknownField", "is not a parameter of this list") for name in wrong))
