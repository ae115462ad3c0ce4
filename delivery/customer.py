"""Whom we write to."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from delivery.addresses import is_same
from delivery.documents import from_document, to_document

WINDOW = timedelta(hours=24)
"""How long after a customer's last WhatsApp message we may answer freely; the rule is Meta's."""


@dataclass(frozen=True)
class Customer:
    """A customer as the company put it on file. `id` is the digest of the caller's own id, `external_id`.

    What it did not put there is what we have learnt: when the customer last wrote, by channel, and when WhatsApp
    last refused a free text to him. Of who is not on file, that is all there is.
    """

    id: str
    external_id: str = field(repr=False)
    contact_points: dict[str, str] = field(default_factory=dict, repr=False)
    locale: str | None = None
    time_zone: str | None = None
    channels: tuple[str, ...] = ()
    updated_at: datetime | None = None
    last_inbound_at: dict[str, datetime] = field(default_factory=dict)
    window_closed_at: datetime | None = None
    is_on_file: bool = True
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Customer":
        return from_document(cls, document)

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document

    def lists(self, channel: str, address: str) -> bool:
        """Whether the company says that the customer is reached there."""
        own = self.contact_points.get(channel)
        return own is not None and is_same(channel, own, address)

    def window_is_closed(self, now: datetime) -> bool:
        """Whether we know that WhatsApp refuses free text: the last message is older than the window, or a refusal
        came since. Where nothing is known it is worth a try.
        """
        wrote = self.last_inbound_at.get("whatsapp")
        if self.window_closed_at and (wrote is None or wrote <= self.window_closed_at):
            return True
        return wrote is not None and now >= wrote + WINDOW

    def having_written(self, channel: str, at: datetime) -> "Customer":
        """The latest moment stands, in whatever order they are told."""
        latest = max(at, self.last_inbound_at.get(channel, at))
        return replace(self, last_inbound_at={**self.last_inbound_at, channel: latest})

    def being_outside_window(self, at: datetime) -> "Customer":
        return replace(self, window_closed_at=max(at, self.window_closed_at or at))
