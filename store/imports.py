"""Imports: what was sent page by page, how far each page has come, and which rows were not taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.errors import Conflict, FieldCode, StoreUnavailable
from domain.serialization import from_document, to_document
from store.documents import Documents

IMPORTS = "Imports"
KEPT = timedelta(days=90)
MOST_ERRORS = 1000
"""Rows of one page that are told one by one; the rest is counted."""

ImportKind = Literal["customers", "consents", "suppressions"]


@dataclass(frozen=True)
class Import:
    """One file, or whatever a caller sends as one. A dry run changes nothing."""

    import_id: str
    kind: ImportKind
    created_at: datetime
    created_by: str
    is_dry_run: bool = False
    name: str | None = None
    id: str = "import"
    schema: int = 1


@dataclass(frozen=True)
class RowError:
    """Why a row was not taken: the field at fault, and nothing of what stands in it."""

    row: int
    field: str
    code: FieldCode
    reason: str


@dataclass(frozen=True)
class ImportPage:
    """A page of an import. `done`: the first so many of its rows are through; `digest` is that of its body."""

    id: str
    import_id: str
    number: int
    digest: str
    rows: int
    done: int = 0
    taken: int = 0
    duplicates: int = 0
    failed: int = 0
    errors: tuple[RowError, ...] = ()
    schema: int = 1

    @property
    def is_finished(self) -> bool:
        return self.done >= self.rows


@dataclass(frozen=True)
class StoredPage:
    """A page as it was read or written, and the etag that a change of it must name."""

    page: ImportPage
    etag: str


@dataclass(frozen=True)
class Imports:
    """Of the rows themselves nothing is kept here."""

    documents: Documents

    async def create(self, new: Import) -> Import:
        """The import with this id: this one, or the one that came before."""
        try:
            await self.documents.create(IMPORTS, to_document(new), KEPT)
        except Conflict:
            if known := await self.find(new.import_id):
                return known
            raise StoreUnavailable("an import that exists cannot be read") from None
        return new

    async def find(self, import_id: str) -> Import | None:
        stored = await self.documents.read(IMPORTS, import_id, "import", newest=True)
        return from_document(Import, stored.document) if stored else None

    async def begin(self, new: ImportPage) -> StoredPage:
        """The page with this number: this one, or the one that was begun before."""
        try:
            return StoredPage(new, await self.documents.create(IMPORTS, to_document(new), KEPT))
        except Conflict:
            if known := await self.page(new.import_id, new.number):
                return known
            raise StoreUnavailable("a page that exists cannot be read") from None

    async def page(self, import_id: str, number: int) -> StoredPage | None:
        stored = await self.documents.read(IMPORTS, import_id, page_id(number), newest=True)
        return StoredPage(from_document(ImportPage, stored.document), stored.etag) if stored else None

    async def write(self, before: StoredPage, after: ImportPage) -> StoredPage:
        """Raises `Stale` when somebody else is at this page."""
        return StoredPage(after, await self.documents.replace(IMPORTS, to_document(after), before.etag, KEPT))

    async def pages(self, import_id: str) -> list[ImportPage]:
        """All pages, by number."""
        found: list[ImportPage] = []
        continuation = None
        while True:
            page = await self.documents.query(IMPORTS, import_id, "number", top=1000, continuation=continuation)
            found += [from_document(ImportPage, each) for each in page.documents]
            continuation = page.continuation
            if continuation is None:
                return found

    async def latest(self, top: int, continuation: str | None) -> tuple[list[Import], str | None]:
        """The latest first. Raises `ValueError` for a continuation that is not of this query."""
        page = await self.documents.find(
            IMPORTS, "createdAt", where={}, descending=True, top=top, continuation=continuation
        )
        return [from_document(Import, each) for each in page.documents], page.continuation


def page_id(number: int) -> str:
    return f"page-{number:06}"
