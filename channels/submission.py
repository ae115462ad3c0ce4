"""What a channel is asked to do."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from domain.messages.message import Content


@dataclass(frozen=True)
class Submission:
    """One attempt to hand over. `attempt_id` and `first_sent_at` are the same at every repetition of it."""

    to: str = field(repr=False)
    content: Content = field(repr=False)
    attempt_id: str
    first_sent_at: datetime
    is_repetition: bool = False

    @property
    def first_sent(self) -> str:
        """RFC 1123, as Repeatability-First-Sent wants it."""
        return format_datetime(self.first_sent_at, usegmt=True)
