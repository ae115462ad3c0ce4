"""Timer: notices that are left in the outboxes of records, or kept of replies: the topic or a worker was away."""

from collections.abc import Awaitable, Sequence
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

from actions.in_our_words import in_our_words
from domain import clock
from domain.errors import Stale
from services import Services, services
from store.messages import Record
from store.replies import NoticeRow
from telemetry.log_lines import json_log
from triggers.timers.due import go_through

bp = df.Blueprint()
log = json_log(__name__)

WITHIN = timedelta(seconds=25)  # of its minute, for replies and then for messages
BATCH_SECONDS = 5.0  # longer than the topic's client waits


@bp.timer_trigger(arg_name="timer", schedule="20 * * * * *")
@in_our_words
async def announcer(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Every minute: publish what is left and empty the outboxes, until the topic does not answer."""
    now = clock.now()

    async def replies(top: int) -> Sequence[NoticeRow]:
        return [] if services().status_events.is_away else await services().replies.to_tell(now, top)

    async def messages(top: int) -> Sequence[Record]:
        return [] if services().status_events.is_away else await services().messages.to_tell(now, top)

    await go_through(replies, lambda row: _is_told(row.notice.message_id, _tell_reply(services(), row)), WITHIN)
    await go_through(messages, lambda record: _is_told(record.message.id, _tell(services(), record)), WITHIN)


async def _is_told(message_id: str, telling: Awaitable[bool]) -> bool:
    try:
        return await telling
    except Stale:
        return False  # somebody else has written it, and tells
    except Exception as fault:  # noqa: BLE001  # whatever it is, the others are told
        log.error("message is not told", messageId=message_id, error=type(fault).__name__)  # noqa: TRY400  # our words
        return False


async def _tell_reply(services: Services, row: NoticeRow) -> bool:
    """Publish first, then forget: as with an outbox."""
    if not await services.status_events.reply_told(row.notice, BATCH_SECONDS):
        return False
    await services.replies.told(row)
    return True


async def _tell(services: Services, record: Record) -> bool:
    """Publish first, then empty the outbox: a crash between the two publishes once more, which is harmless."""
    message = record.message
    if not await services.status_events.told(message, BATCH_SECONDS):
        return False
    await services.messages.replace(record, message, due_at=message.due_at or clock.now())
    return True
