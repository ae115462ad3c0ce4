"""Starts the workflow of a message that is planned for later, shortly before its time."""

from contextlib import suppress
from dataclasses import replace

from azure.durable_functions import DurableOrchestrationClient

from actions.due import Pass
from actions.workflow import start
from domain import clock
from domain.errors import Stale
from services import Services
from store.messages import Record
from telemetry.traces import message_span


async def start_planned(services: Services, client: DurableOrchestrationClient, record: Record) -> bool:
    """Start first, then take `startAt` away: a crash between the two starts once more, which is harmless.

    The workflow waits the rest, to the second.
    """
    message = record.message
    with message_span("start planned message", message):
        await start(client, message)
        started = replace(message, start_at=None)
        with suppress(Stale):  # as a rule by the workflow itself, whose first decision takes it away too
            await services.messages.replace(record, started, due_at=message.due_at or clock.now())
    return True


START = Pass(
    "start",
    lambda services, before, top, shard: services.messages.to_start(before, top, shard),
    start_planned,
    lambda record: record.message.id,
)
