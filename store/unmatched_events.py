"""Events that can never match anything: kept for a while, to find out where a report went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import Conflict
from domain.identities import digest, document_id
from domain.serialization import to_document
from store.documents import Documents
from telemetry.metrics import event_unmatched

UNMATCHED_EVENTS = "UnmatchedEvents"
KEPT = timedelta(hours=72)


@dataclass(frozen=True)
class UnmatchedEvent:
    """Ids and codes only. `about` is the id that matched nothing; what is unfit for one of ours is told by its digest.

    `reason`: "unknownAttempt", "unknownMessage" or "unknownConversation" (the event names none that we know),
    "doesNotFit" (a report on another channel than its attempt's), "unknownStatus" or "unknownChannel" (what the
    provider tells is new to us, or says nothing of the recipient), "unknownSender" (a reply from nobody), "notBelieved"
    (an event for the custom topic that came another way), or "unreadable", whose event has the digest of its text for
    an id, and of which nothing else is known.
    """

    id: str
    event_id: str
    type: str
    status: str
    about: str
    reason: str
    at: datetime
    schema: int = 1


@dataclass(frozen=True)
class UnmatchedEvents:
    documents: Documents

    async def keep(self, event_id: str, event_type: str, status: str, about: str, reason: str, at: datetime) -> None:
        """Keep an event. Safe to repeat."""
        row_id = unmatched_id(event_id, event_type, status)
        unmatched = UnmatchedEvent(row_id, _as_id(event_id), event_type, _as_id(status), _as_id(about), reason, at)
        try:
            await self.documents.create(UNMATCHED_EVENTS, to_document(unmatched), expires_in=KEPT)
        except Conflict:
            return
        event_unmatched(reason)


def unmatched_id(event_id: str, event_type: str, status: str) -> str:
    """The same for every delivery of an event. SMS events have the id of their message: the status tells them apart."""
    return digest(f"{event_id}\n{event_type}\n{status}")


def _as_id(foreign: str) -> str:
    return document_id(foreign) if foreign else ""
