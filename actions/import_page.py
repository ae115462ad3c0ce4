"""A page of an import is taken, row by row. How far it has come is written down, so that a repetition goes on there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from domain.errors import CustomerErased, FieldCode, InvalidMessage, InvalidValue
from services import Services
from store.imports import MOST_ERRORS, RowError, StoredPage

AT_ONCE = 50
"""Rows that are taken side by side; each waits for the store most of its time."""

WRITTEN_AFTER = 500
"""Rows, until it is written down how far the page has come."""

WITHIN_SECONDS = 100.0
"""Of the 230 that Azure lets a request take, in real time."""


@dataclass(frozen=True)
class ImportedRow:
    """A row that could be read, or why it could not. Rows with the same `key` are taken in their order.

    `text` is what it says: of two alike, one is enough. `take` raises `InvalidMessage` and the like for what is wrong.
    """

    number: int
    key: str = ""
    text: str = ""
    take: Callable[[], Awaitable[None]] | None = None
    errors: tuple[tuple[str, FieldCode, str], ...] = ()


async def take_page(services: Services, stored: StoredPage, rows: Sequence[ImportedRow]) -> StoredPage:
    """Take the rows that are not through yet, as far as the time of a request goes. Raises `Stale` when another request
    takes the same page.
    """
    ends_at, seen = monotonic() + WITHIN_SECONDS, _seen(rows[: stored.page.done])
    while not stored.page.is_finished and monotonic() < ends_at:
        done = stored.page.done
        some = rows[done : done + WRITTEN_AFTER]
        fresh = [row for row in some if _is_fresh(row, seen)]
        outcomes = await _taken(fresh)
        errors = [error for row_errors in outcomes for error in row_errors]
        failed = sum(1 for row_errors in outcomes if row_errors)
        page = replace(
            stored.page,
            done=done + len(some),
            taken=stored.page.taken + len(fresh) - failed,
            duplicates=stored.page.duplicates + len(some) - len(fresh),
            failed=stored.page.failed + failed,
            errors=(*stored.page.errors, *errors)[:MOST_ERRORS],
        )
        stored = await services.imports.write(stored, page)
    return stored


def _seen(rows: Sequence[ImportedRow]) -> set[str]:
    seen: set[str] = set()
    for row in rows:
        _is_fresh(row, seen)
    return seen


def _is_fresh(row: ImportedRow, seen: set[str]) -> bool:
    """Whether no row of this page said the same before."""
    if row.take is None:
        return True
    is_fresh = row.text not in seen
    seen.add(row.text)
    return is_fresh


async def _taken(rows: Sequence[ImportedRow]) -> list[list[RowError]]:
    """What was wrong with each."""
    by_key: dict[str, list[ImportedRow]] = {}
    for row in rows:
        by_key.setdefault(row.key or str(row.number), []).append(row)
    places, errors = asyncio.Semaphore(AT_ONCE), dict[int, list[RowError]]()

    async def in_order(same: list[ImportedRow]) -> None:
        async with places:
            for row in same:
                errors[row.number] = [RowError(row.number, *each) for each in await _mistakes(row)]

    await asyncio.gather(*(in_order(same) for same in by_key.values()))
    return [errors[row.number] for row in rows]


async def _mistakes(row: ImportedRow) -> tuple[tuple[str, FieldCode, str], ...]:
    if row.take is None:
        return row.errors
    try:
        await row.take()
    except InvalidMessage as wrong:
        return wrong.errors
    except InvalidValue as wrong:
        return (("topic", wrong.code, str(wrong)),)
    except CustomerErased:
        return (("customerId", "erased", "was erased"),)
    return ()
