"""The bodies of responses about imports, field by field."""

from typing import NotRequired  # pydantic reads those of `typing` from Python 3.12 on only

from typing_extensions import TypedDict

from domain.errors import FieldCode
from store.imports import ImportKind


class RowAtFault(TypedDict):
    """A row that was not taken. `row` counts from 1, without the header, or from `firstRow`."""

    row: int
    field: str
    code: FieldCode
    reason: str


class ImportPage(TypedDict):
    """What became of a page. `done` of its `rows` are through: taken, like another one, or at fault.

    `errors` are those of the first rows at fault; `failed` counts all.
    """

    number: int
    rows: int
    done: int
    taken: int
    duplicates: int
    failed: int
    errors: list[RowAtFault]
    isFinished: bool


class SentPage(TypedDict):
    """A page of an import, in short."""

    number: int
    isFinished: bool


class Import(TypedDict):
    """An import, and how many rows of all its pages were taken. A dry run takes them as well, and changes nothing."""

    importId: str
    kind: ImportKind
    dryRun: bool
    name: NotRequired[str]
    createdAt: str
    createdBy: str
    rows: int
    taken: int
    duplicates: int
    failed: int
    pages: list[SentPage]


class Imports(TypedDict):
    """A page of imports, the latest first; without `next` it is the last."""

    data: list[Import]
    next: NotRequired[str]
