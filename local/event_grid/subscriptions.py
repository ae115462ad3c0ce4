"""The topics of the local Event Grid and their subscriptions."""

from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
"""One event as it travels, in the Event Grid schema or as a CloudEvent 1.0."""

_RESOURCES = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers"
COMMUNICATION_TOPIC = f"{_RESOURCES}/Microsoft.Communication/CommunicationServices/local"
LANDFALL_TOPIC = f"{_RESOURCES}/Microsoft.EventGrid/topics/landfall"


@dataclass(frozen=True)
class Subscription:
    """The events of one topic, for one function of the app; those whose type begins with `excludes` are left out."""

    name: str
    topic: str
    function: str
    excludes: str | None = None

    def wants(self, event: Event) -> bool:
        """Whether the filter lets this event through."""
        return self.excludes is None or not event_type(event).startswith(self.excludes)


SUBSCRIPTIONS = {
    subscription.name: subscription
    for subscription in (
        Subscription("COMMUNICATION-EVENTS", COMMUNICATION_TOPIC, "MessageProcessor"),
        # The app must not get its own events, or each status would raise the next.
        Subscription("LANDFALL-EVENTS", LANDFALL_TOPIC, "MessageProcessor", excludes="Landfall."),
    )
}


def subscriptions_for(topic: str, event: Event) -> list[Subscription]:
    """The subscriptions that this event of this topic goes to."""
    return [each for each in SUBSCRIPTIONS.values() if each.topic == topic and each.wants(event)]


def event_type(event: Event) -> str:
    """The type, in whichever of the two schemas."""
    return str(event["type"] if is_cloud_event(event) else event["eventType"])


def is_cloud_event(event: Event) -> bool:
    """Whether this is a CloudEvent 1.0 and not an event in Event Grid's own schema."""
    return "specversion" in event
