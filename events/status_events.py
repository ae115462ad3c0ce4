"""Our own events, on the custom topic of Event Grid: what became of a message, and that a customer wrote.

They wait in a queue of this worker, and a task of its own publishes them in batches, so that a topic that hangs delays
nothing else. The queue may be lost; the outboxes of the records are the source of truth. What a worker did not publish
is published with the next write of the record, or by `triggers/timers/announcer.py`. A reply has no outbox: its own
event is acknowledged when the notice is published, or kept for the announcer.
"""

import asyncio
import json
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate, islice
from typing import Any

from azure.eventgrid import EventGridEvent
from azure.eventgrid.aio import EventGridPublisherClient

from domain.conversations.inbound import ReplyNotice
from domain.messages.message import Message, Notice
from domain.serialization import to_document
from telemetry.log_lines import json_log

log = json_log(__name__)

STATUS_CHANGED, REPLY_RECEIVED = "Landfall.Message.StatusChanged", "Landfall.Conversation.ReplyReceived"
MOST_WAITING = 5_000  # about 10 MB, and 60 with the longest metadata; what comes beyond them is in its outbox
REMEMBERED = 10_000  # notices, a few minutes of a busy worker; one that is forgotten is published once more
MOST_AT_ONCE, MOST_BYTES = 500, 900_000  # Event Grid takes 5000 events or 1 MB at once
OVERHEAD = 1_000  # bytes of an event beside its data, at most
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
LAST_TRY_SECONDS = 1.0
LONGEST_CALL_SECONDS = 15.0  # a token has 10, connecting and an answer 4, by a client that only bounds the silence


@dataclass(frozen=True)
class Waiting:
    """An event that is to be published. `tried` is set when that was tried, and there is a new one for the next try."""

    event: EventGridEvent
    tried: "asyncio.Future[None]"

    @classmethod
    def of(cls, event: EventGridEvent) -> "Waiting":
        return cls(event, asyncio.get_running_loop().create_future())

    @property
    def size(self) -> int:
        return OVERHEAD + len(json.dumps(self.event.data))


@dataclass
class StatusEvents:
    """Publishes the outboxes of records. Subscribers may get an event twice, by its id, and miss none.

    After a failure the topic counts as away: nothing is sent for a pause, which grows with each failure, and then one
    batch is tried.
    """

    client: EventGridPublisherClient  # built with retry_total=0: what is not published waits
    customer_key: Callable[[str], str]  # of the digest of a customer's id
    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _published: dict[str, None] = field(default_factory=dict)  # in the order in which they are forgotten
    _task: "asyncio.Task[None] | None" = None
    _pause_seconds: float = 0

    @property
    def is_away(self) -> bool:
        """Whether the topic did not take the last batch."""
        return self._pause_seconds > 0

    def is_published(self, message: Message, notice: Notice) -> bool:
        """Whether this worker has published it. Another worker may have: then it is published twice."""
        return event_id(message, notice) in self._published

    def tell(self, message: Message) -> None:
        """Queue the outbox, as it was written, for publishing. Returns immediately."""
        for notice in message.outbox:
            self._add(event_id(message, notice), partial(_event, message, notice, self.customer_key))
        self._publish_soon()

    async def told(self, message: Message, within_seconds: float) -> bool:
        """Queue it and wait for one try, unless the topic is away; whether the outbox can be emptied."""
        self.tell(message)
        return await self._are_published([event_id(message, notice) for notice in message.outbox], within_seconds)

    def tell_reply(self, notice: ReplyNotice) -> None:
        """Queue the notice that a customer wrote. Returns immediately."""
        self._add(notice.message_id, partial(_reply_event, notice, self.customer_key))
        self._publish_soon()

    async def reply_told(self, notice: ReplyNotice, within_seconds: float) -> bool:
        """Queue it and wait for one try, unless the topic is away; whether it is published."""
        self.tell_reply(notice)
        return await self._are_published([notice.message_id], within_seconds)

    def _add(self, key: str, event: Callable[[], EventGridEvent]) -> None:
        if key not in self._published and key not in self._waiting and len(self._waiting) < MOST_WAITING:
            self._waiting[key] = Waiting.of(event())

    def _publish_soon(self) -> None:
        if self._waiting and (self._task is None or self._task.done()):
            # in a context of its own: it is not part of the trace of the first caller
            self._task = asyncio.create_task(self._publish_all(), context=Context())

    async def _are_published(self, keys: list[str], within_seconds: float) -> bool:
        waiting = [self._waiting[key].tried for key in keys if key in self._waiting]
        if waiting and not self.is_away:
            await asyncio.wait(waiting, timeout=within_seconds)
        return all(key in self._published for key in keys)

    async def close(self) -> None:
        """Publish the rest if that is fast; else it stays in the outboxes."""
        if self._task:
            if not self.is_away:
                await asyncio.wait([self._task], timeout=LAST_TRY_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.client.close()

    async def _publish_all(self) -> None:
        while self._waiting:
            if await self._publish(self._batch()):
                self._pause_seconds = 0
            else:
                self._pause_seconds = longer(self._pause_seconds)
                await asyncio.sleep(self._pause_seconds)

    def _batch(self) -> dict[str, Waiting]:
        """As many of those that came first as Event Grid takes at once."""
        first = list(islice(self._waiting.items(), MOST_AT_ONCE))
        sizes = accumulate(waiting.size for _, waiting in first)
        return dict(each for each, size in zip(first, sizes, strict=True) if size <= MOST_BYTES)

    async def _publish(self, batch: dict[str, Waiting]) -> bool:
        """Never raises: after any error the topic counts as away, and the outboxes are published later."""
        try:
            async with asyncio.timeout(LONGEST_CALL_SECONDS):
                await self.client.send([waiting.event for waiting in batch.values()])
        except Exception as error:  # noqa: BLE001  # one that got out would end the task, and each next one, unnoticed
            log.warning("statuses not published yet", waiting=len(self._waiting), error=type(error).__name__)
            for key, waiting in batch.items():
                self._waiting[key] = Waiting.of(waiting.event)
                waiting.tried.set_result(None)
            return False
        for key, waiting in batch.items():
            del self._waiting[key]
            self._remember(key)
            waiting.tried.set_result(None)
        return True

    def _remember(self, published: str) -> None:
        self._published[published] = None
        if len(self._published) > REMEMBERED:
            del self._published[next(iter(self._published))]


def longer(pause_seconds: float) -> float:
    """The pause after one more failure."""
    return min(2 * pause_seconds or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)


def event_id(message: Message, notice: Notice) -> str:
    return f"{message.id}-{notice.number}"


def named_by_caller(message: Message) -> dict[str, Any]:
    """By what the caller knows the message."""
    named = {"reference": message.reference, "metadata": message.metadata}
    return {name: value for name, value in named.items() if value is not None}


def _event(message: Message, notice: Notice, customer_key: Callable[[str], str]) -> EventGridEvent:
    """Ids and statuses, and what the caller has named the message by."""
    data: dict[str, Any] = {
        "messageId": message.id,
        "conversationId": message.conversation_id,
        "customerKey": customer_key(message.customer_id),
        **named_by_caller(message),
        **({"mode": message.mode} if message.mode != "live" else {}),
        **to_document(notice),
    }
    return EventGridEvent(
        id=event_id(message, notice),
        subject=f"messages/{message.id}",
        event_type=STATUS_CHANGED,
        event_time=notice.at,
        data=data,
        data_version="1.0",
    )


def _reply_event(notice: ReplyNotice, customer_key: Callable[[str], str]) -> EventGridEvent:
    """Ids and codes, and what the caller has named the answered message by."""
    known = {"customerKey": customer_key(notice.customer_id)} if notice.customer_id else {}
    return EventGridEvent(
        id=notice.message_id,
        subject=f"conversations/{notice.conversation_id}",
        event_type=REPLY_RECEIVED,
        event_time=notice.at,
        data={**to_document(replace(notice, customer_id=None)), **known},
        data_version="1.0",
    )
