"""How long data is kept, and what is left to do for a message that has ended: a pure function of the record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.messages.message import LONGEST_LIFE, Message

REPORTS_ARE_MISSING_AFTER = timedelta(hours=1)
"""From the end of a message. Reports take seconds, of email up to ten minutes; Event Grid has tried seven times by then
(10 s, 30 s, 1 min, 5 min, 10 min, 30 min), and providers still know what became of it."""

MOST_QUESTIONS = 5
"""After 1, 2, 4, 8 and 16 hours, while a provider cannot be queried; then the outcome stays unknown."""

REPORTS, HISTORY, CONTENT = "reports", "history", "content"
"""Chores: reports that never came are asked for, the durable history is purged, texts and addresses are erased."""


@dataclass(frozen=True)
class Retention:
    """How long each kind of data is kept: of a message from its end, of a correlation from when it was written.

    `content`: texts and addresses, and what customers wrote. `messages`: what is left of the record. `history`: the
    workflow's. `correlations`: what the ids of attempts and of providers point to.
    """

    content: timedelta = timedelta(days=90)
    messages: timedelta = timedelta(days=365)
    history: timedelta = timedelta(days=30)
    correlations: timedelta = timedelta(days=60)

    @property
    def message_ids(self) -> timedelta:
        """From acceptance. As long as the record, however late that ended: an id that points nowhere could be claimed
        again, and its new message would be taken for a repetition of the old one.
        """
        return LONGEST_LIFE + self.messages

    def record_expires_in(self, message: Message, now: datetime) -> timedelta | None:
        """None for a record that has not ended, or not told all."""
        if message.finished_at is None or message.tell_at is not None:
            return None
        return at_least_a_second(message.finished_at + self.messages - now)

    def chores(self, message: Message) -> dict[str, datetime]:
        """What is still to be done, by name, and when; nothing before the end, and nothing that expiry will do."""
        end = message.finished_at
        if end is None:
            return {}
        times = {HISTORY: end + self.history, CONTENT: end + self.content}
        if message.unreported:
            times[REPORTS] = end + REPORTS_ARE_MISSING_AFTER * 2**message.asked_in_vain
        return {name: at for name, at in times.items() if name not in message.tended and at < end + self.messages}

    def tend_at(self, message: Message) -> datetime | None:
        """When the next of the chores is due."""
        return min(self.chores(message).values(), default=None)


def at_least_a_second(time_left: timedelta) -> timedelta:
    """What is overdue expires at once; Cosmos DB takes no time to live below a second."""
    return max(time_left, timedelta(seconds=1))
