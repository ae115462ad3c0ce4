"""Publishes notices that are still in the outbox of a record, or stored for a reply, because the topic or a worker was
unavailable.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from azure.durable_functions import DurableOrchestrationClient

from actions.due import Pass
from domain import clock
from services import Services
from store.messages import Record
from store.replies import NoticeRow

BATCH_SECONDS = 5.0  # longer than the topic's client waits


async def publish_notices(services: Services, _: DurableOrchestrationClient, record: Record) -> bool:
    """Publish first, then empty the outbox: a crash between the two publishes once more, which is harmless."""
    message = record.message
    if not await services.status_events.told(message, BATCH_SECONDS):
        return False
    await services.messages.replace(record, message, due_at=message.due_at or clock.now())
    return True


async def publish_reply(services: Services, _: DurableOrchestrationClient, row: NoticeRow) -> bool:
    """Publish first, then delete, as with an outbox."""
    if not await services.status_events.reply_told(row.notice, BATCH_SECONDS):
        return False
    await services.replies.told(row)
    return True


def _while_the_topic_answers(
    page: Callable[[Services, datetime, int, int | None], Awaitable[Sequence[Any]]],
) -> Callable[[Services, datetime, int, int | None], Awaitable[Sequence[Any]]]:
    async def guarded(services: Services, before: datetime, top: int, shard: int | None) -> Sequence[Any]:
        return [] if services.status_events.is_away else await page(services, before, top, shard)

    return guarded


NOTICES = Pass(
    "notices",
    _while_the_topic_answers(lambda services, before, top, shard: services.messages.to_tell(before, top, shard)),
    publish_notices,
    lambda record: record.message.id,
)
REPLY_NOTICES = Pass(
    "replyNotices",
    _while_the_topic_answers(lambda services, before, top, shard: services.replies.to_tell(before, top, shard)),
    publish_reply,
    lambda row: row.notice.message_id,
)
