"""What a channel is to send."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from domain.messages.message import Wording


@dataclass(frozen=True)
class Submission:
    """One attempt to send. `attempt_id` and `first_sent_at` are the same at every repetition.

    `preference_url`: where the customer unsubscribes, of marketing.
    """

    to: str = field(repr=False)
    content: Wording = field(repr=False)
    attempt_id: str
    first_sent_at: datetime
    is_repetition: bool = False
    preference_url: str | None = field(default=None, repr=False)

    @property
    def first_sent(self) -> str:
        """RFC 1123, as Repeatability-First-Sent wants it."""
        return format_datetime(self.first_sent_at, usegmt=True)
