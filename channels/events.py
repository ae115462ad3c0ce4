"""One event of Event Grid, whichever of the two schemas it came in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.event_data import Data

CUSTOM_TOPICS = "/providers/microsoft.eventgrid/topics/"
ANY_RESOURCE = "/providers/microsoft."


@dataclass(frozen=True)
class Event:
    """`type` is in lower case; empty where it is lost, as azure-functions 1.26 loses it of a CloudEvent whose version
    key is spelt `specVersion`. `origin` is the topic, or the source of a CloudEvent. `at` is the event's own time.
    """

    id: str
    type: str
    origin: str
    is_cloud_event: bool
    at: datetime
    data: Data = field(repr=False)

    @property
    def is_from_custom_topic(self) -> bool:
        """Whether one of our own systems has published it.

        Event Grid itself writes the topic. The source of a CloudEvent is the publisher's word: there we can only
        tell that it is none of Azure's other services, which name themselves by their resource.
        """
        origin = self.origin.lower()
        return CUSTOM_TOPICS in origin or (self.is_cloud_event and ANY_RESOURCE not in origin)


def in_utc(raised_at: datetime | None, now: datetime) -> datetime:
    """The time of an event: now, when it has none or one that cannot be told in UTC."""
    try:
        return raised_at.astimezone(UTC) if raised_at else now
    except OverflowError:
        return now
