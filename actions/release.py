"""Wakes the messages that were held, after somebody has resumed sending."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from azure.durable_functions import DurableOrchestrationClient

from actions.due import Pass
from actions.workflow import rouse
from domain import clock
from domain.messages.rules import NEVER_RELEASED
from services import Services
from store.messages import Record
from telemetry.traces import message_span

JUST_BEFORE = timedelta(microseconds=1)


async def release(services: Services, client: DurableOrchestrationClient, record: Record) -> bool:
    """Write, then wake. The record is due then: should nobody be woken, the sweeper looks within a minute.

    The workflow decides by the rules as they are then, and is held again if another pause says so.
    """
    message = record.message
    with message_span("release message", message):
        written = await services.messages.replace(record, replace(message, held_at=None), due_at=clock.now())
        await rouse(client, written.message)
    return True


async def _held_under_older_rules(services: Services, _: datetime, top: int, shard: int | None) -> Sequence[Record]:
    """Those that were held before the latest release, whatever copy of the rules decided that, and whenever."""
    released_at = (await services.controls.current()).released_at
    if released_at == NEVER_RELEASED:
        return []
    return await services.messages.held(released_at - JUST_BEFORE, top, shard)


RELEASE = Pass("release", _held_under_older_rules, release, lambda record: record.message.id)
