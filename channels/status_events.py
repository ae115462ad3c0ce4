"""Our own events, on the custom topic of Event Grid: what became of a message, for whoever subscribes."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from azure.core.exceptions import AzureError
from azure.eventgrid import EventGridEvent
from azure.eventgrid.aio import EventGridPublisherClient

from delivery.documents import to_document
from delivery.message import Message, Notice
from telemetry.log_lines import json_log

log = json_log(__name__)

EVENT_TYPE = "Landfall.Message.StatusChanged"
REMEMBERED = 10_000  # notices, a few minutes of a busy worker; one that is forgotten is published once more


@dataclass
class StatusEvents:
    """Publishes the outboxes of records. Subscribers may get an event twice, by its id, and miss none."""

    client: EventGridPublisherClient  # built with retry_total=0: what is not published stays in the outbox
    _published: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _ids: set[str] = field(default_factory=set)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def is_published(self, message: Message, notice: Notice) -> bool:
        """Whether this worker has published it. Another worker may have: then it is published twice."""
        return event_id(message, notice) in self._ids

    async def publish(self, message: Message) -> bool:
        """Try once to publish what is in the outbox as it was written; whether nothing is left to publish.

        Never raises for what Event Grid or the network does: the next writer of the record or the sweeper tries again.
        """
        lock = self._locks.setdefault(message.id, asyncio.Lock())
        async with lock:  # two of this worker that have the same record at hand publish it once
            return await self._publish(message)

    async def _publish(self, message: Message) -> bool:
        new = [notice for notice in message.outbox if not self.is_published(message, notice)]
        if not new:
            return True
        try:
            await self.client.send([_event(message, notice) for notice in new])
        except AzureError as error:
            log.warning("status not published yet", messageId=message.id, error=type(error).__name__)
            return False
        for notice in new:
            self._remember(event_id(message, notice))
        return True

    def _remember(self, published: str) -> None:
        if len(self._published) == REMEMBERED:
            self._ids.discard(self._published[0])
        self._published.append(published)
        self._ids.add(published)


def event_id(message: Message, notice: Notice) -> str:
    return f"{message.id}-{notice.number}"


def _event(message: Message, notice: Notice) -> EventGridEvent:
    """Ids and statuses only."""
    data: dict[str, Any] = {"messageId": message.id, "conversationId": message.conversation_id, **to_document(notice)}
    return EventGridEvent(
        id=event_id(message, notice),
        subject=f"messages/{message.id}",
        event_type=EVENT_TYPE,
        event_time=notice.at,
        data=data,
        data_version="1.0",
    )
