"""Templates: the current version of each, and all that were."""

from dataclasses import dataclass

from content.template import Template
from domain import clock
from domain.errors import Conflict, Stale
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.documents import Document, Documents

TEMPLATES = "Templates"
CURRENT = "current"


@dataclass(frozen=True)
class Templates:
    """Documents of one partition for each template: `current`, and an earlier version as `v-000003`."""

    documents: Documents

    async def find(self, name: str, version: int | None = None) -> Template | None:
        """The current version, or this one."""
        stored = await self.documents.read(TEMPLATES, name, CURRENT)
        current = from_document(Template, stored.document) if stored else None
        if version is None or (current and current.version == version):
            return current
        earlier = await self.documents.read(TEMPLATES, name, _id(version))
        return from_document(Template, earlier.document) if earlier else None

    async def put(self, new: Template) -> Template:
        """The template as it is then: with the next number, or as it was if it is the same already.

        What was current is kept as an earlier version first. Safe to repeat.
        """
        collisions = Collisions()
        while True:
            stored = await self.documents.read(TEMPLATES, new.name, CURRENT, newest=True)
            known = from_document(Template, stored.document) if stored else None
            if known and known.digest == new.digest:
                return known
            numbered = Template(**{**vars(new), "version": known.version + 1 if known else 1})
            try:
                if known:
                    await self.documents.upsert(TEMPLATES, _document(known, _id(known.version)))
                current = {**_document(numbered, CURRENT), "updatedAt": clock.to_text(clock.now())}
                if stored:
                    await self.documents.replace(TEMPLATES, current, stored.etag)
                else:
                    await self.documents.create(TEMPLATES, current)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            return numbered

    async def page(self, top: int, continuation: str | None) -> tuple[list[Template], str | None]:
        """The current versions, the latest changed first. Raises `ValueError` for a foreign continuation."""
        page = await self.documents.find(
            TEMPLATES, "updatedAt", where={}, descending=True, top=top, continuation=continuation
        )
        return [from_document(Template, each) for each in page.documents], page.continuation


def _id(version: int) -> str:
    return f"v-{version:06}"


def _document(template: Template, document_id: str) -> Document:
    document: Document = to_document(template)
    return {**document, "id": document_id}
