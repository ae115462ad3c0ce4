"""One event of Event Grid, read from its text, whichever of the two schemas it came in.

The Functions worker hands the text over as it came. Were it to decode the event with azure-functions, what that cannot
read, such as a time with an offset, would fail before our code is called, each time that Event Grid brings it.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain import clock
from domain.identities import digest
from events.event_data import Data, as_data, from_json, moment, text, word

CUSTOM_TOPICS = "/providers/microsoft.eventgrid/topics/"
ANY_RESOURCE = "/providers/microsoft."


@dataclass(frozen=True)
class Event:
    """`type` is in lower case. `origin` is the topic, or the source of a CloudEvent. `at` is the event's own time, or
    now when it has none to be believed. `subject` may hold an address.
    """

    id: str
    type: str
    origin: str
    is_cloud_event: bool
    at: datetime
    data: Data = field(repr=False)
    subject: str = field(default="", repr=False)

    @property
    def is_from_custom_topic(self) -> bool:
        """Whether one of our own systems has published it.

        Event Grid itself writes the topic. The source of a CloudEvent is the publisher's word: there we can only
        tell that it is none of Azure's other services, which name themselves by their resource.
        """
        origin = self.origin.lower()
        return CUSTOM_TOPICS in origin or (self.is_cloud_event and ANY_RESOURCE not in origin)


@dataclass(frozen=True)
class Unmatched:
    """An event of a type that we know, which names nothing that we could record it of. It is kept, and counted.

    `about` is the id that it names, `status` what it tells, in its own word. `store/unmatched_events.py` lists the
    values of `reason`.
    """

    about: str
    status: str
    reason: str


def read_event(written: str) -> Event | None:
    """The event in a JSON text; None for what is no JSON object, or an empty one. Any other is an event.

    One without an id has the digest of its text: the same at every delivery.
    """
    envelope = as_data(from_json(written))
    if not envelope:
        return None
    is_cloud_event = "specversion" in envelope
    kind, origin, time = ("type", "source", "time") if is_cloud_event else ("eventtype", "topic", "eventtime")
    return Event(
        id=text(envelope, "id") or digest(written),
        type=word(envelope, kind),
        origin=text(envelope, origin),
        is_cloud_event=is_cloud_event,
        at=moment(envelope, time, clock.now()),
        data=_data(envelope),
        subject=text(envelope, "subject"),
    )


def _data(envelope: Data) -> Data:
    """An object, or one that is written as JSON: in a text, or in base64, as CloudEvents may."""
    for data in (envelope.get("data"), _decoded(envelope.get("data_base64"))):
        told = from_json(data) if isinstance(data, str | bytes) else data
        if isinstance(told, Mapping):
            return as_data(told)
    return {}


def _decoded(base64: object) -> bytes | None:
    try:
        return binascii.a2b_base64(base64) if isinstance(base64, str) else None
    except ValueError:
        return None
