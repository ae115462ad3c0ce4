"""What a channel is to send."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from domain.messages.message import Content


@dataclass(frozen=True)
class Submission:
    """One attempt to send. `attempt_id` and `first_sent_at` are the same at every repetition."""

    to: str = field(repr=False)
    content: Content = field(repr=False)
    attempt_id: str
    first_sent_at: datetime
    is_repetition: bool = False

    @property
    def first_sent(self) -> str:
        """RFC 1123, as Repeatability-First-Sent wants it."""
        return format_datetime(self.first_sent_at, usegmt=True)
