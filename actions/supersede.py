"""A newer message takes the place of an older one that nobody was sent yet: both have the same `collapseKey`."""

from dataclasses import replace

from azure.durable_functions import DurableOrchestrationClient

from actions.workflow import rouse
from domain import clock
from domain.errors import Stale
from domain.messages.message import Message
from services import Services
from store.collisions import Collisions
from store.message_groups import Member


async def supersede_older(services: Services, client: DurableOrchestrationClient, message: Message) -> None:
    """End the message before this one, or this one if a newer came first, unless an attempt of it has begun. Safe to
    repeat.

    Should it not get here, the older message finds out itself, before its first attempt begins.
    """
    if message.collapse_key is None:
        return
    row = await services.message_groups.take(message, message.collapse_key)
    is_newest = row.newest.message_id == message.id
    superseded = row.before if is_newest else Member.of(message)
    collisions = Collisions()
    while superseded:
        record = await services.messages.find(superseded.conversation_id, superseded.message_id)
        older = record.message if record else None
        if record is None or older is None or older.outcome or older.attempts or older.superseded_by:
            return
        try:
            changed = replace(older, superseded_by=row.newest.message_id)
            written = (await services.messages.replace(record, changed, due_at=clock.now())).message
        except Stale:
            await collisions.pause()
            continue
        await rouse(client, written)
        return
