"""Whom we write to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from delivery.documents import from_document, to_document


@dataclass(frozen=True)
class Customer:
    """A customer as the company put it on file. `id` is the digest of the caller's own id, `external_id`."""

    id: str
    external_id: str = field(repr=False)
    contact_points: dict[str, str] = field(default_factory=dict, repr=False)
    locale: str | None = None
    time_zone: str | None = None
    channels: tuple[str, ...] = ()
    updated_at: datetime | None = None
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Customer":
        return from_document(cls, document)

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document
