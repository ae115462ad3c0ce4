"""Moments as texts, as Azure's events and headers write them (RFC 3339)."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """In UTC with `Z`, to the microsecond, so that texts sort as their moments do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """An aware moment. A text without an offset is taken as UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
