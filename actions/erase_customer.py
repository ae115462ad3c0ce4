"""Erase a customer: stop what is under way, delete what is kept, look once more a day later.

What happens when is decided in `domain/customers/erasure.py`. Each step may be repeated: the record says how far it has
come, and is written after the step.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import uuid4

from azure.durable_functions import DurableOrchestrationClient

from actions.due import Pass
from actions.left_to_the_sweeper import left_to_the_sweeper
from actions.workflow import forget, forget_conversation, has_ended, rouse
from domain import clock
from domain.conversations.inbound import InboundMessage
from domain.customers.erasure import Erasure, Seen, next_move
from domain.errors import Stale
from domain.messages.message import Message
from domain.messages.retention import HISTORY
from domain.traits import CHANNELS
from services import Services
from store import dead_letters
from store.address_rows import AddressRow, conversation_of_stranger, row_ids
from store.collisions import Collisions
from store.customers import REFUSED_FOR
from store.erasures import StoredErasure
from telemetry.log_lines import json_log

log = json_log(__name__)

WITHIN_SECONDS = 120
"""Of the ten minutes until the next pass, in real time."""

LONGEST_NAME = 254
"""Characters of an address."""


async def begin_erasure(services: Services, client: DurableOrchestrationClient, customer_id: str, by: str) -> Erasure:
    """Refuse the customer from now on, and stop what is under way for them. The rest is done by the timer.

    The erasure of earlier, while its customer is still refused. Raises `StoreUnavailable`.
    """
    key, now = services.customer_keys.key_of(customer_id), clock.now()
    new = Erasure(uuid4().hex, key, now, by, customer_id, due_at=now + timedelta(minutes=1))
    stored = await services.erasures.create(new)
    before = await services.customers.erase(customer_id, now, new.id)
    if before and before.erased_by and before.erased_by != new.id:
        await services.erasures.delete(new.id)
        earlier = await services.erasures.find(before.erased_by)
        return earlier.erasure if earlier else new
    if before:
        with suppress(Stale):  # the timer is at it already
            counted = replace(new, erased={"customers": 1})
            stored = await services.erasures.replace(stored, counted)
    async for message in _messages(services, await _conversations(services, customer_id)):
        await _call_off(services, client, message)
    return stored.erasure


async def erase(services: Services, client: DurableOrchestrationClient, stored: StoredErasure) -> bool:
    """Do what is due of one erasure; whether it has come as far as it can now."""
    ends_at = monotonic() + WITHIN_SECONDS
    while stored.erasure.due_at and stored.erasure.due_at <= clock.now() and monotonic() < ends_at:
        erasure = stored.erasure
        if erasure.customer_id and erasure.stage == "stopping":
            erasure = await _stop(services, client, erasure, erasure.customer_id)
        is_empty = True
        if erasure.customer_id and erasure.stage == "erasing":
            erasure, is_empty = await _empty(services, client, erasure, erasure.customer_id, ends_at)
        seen = await _look(services, erasure, erasure.customer_id) if erasure.customer_id else Seen()
        seen = replace(seen, is_empty=is_empty and not seen.kept)
        after = next_move(erasure, seen, clock.now())
        stored = await services.erasures.replace(stored, after)
        log.info("erasure goes on", erasureId=after.id, stage=after.stage, waitingFor=after.waiting_for)
    return True


ERASE = Pass(
    "erase",
    lambda services, before, top, shard: services.erasures.due(before, top, shard),
    erase,
    lambda stored: stored.erasure.id,
)


async def _stop(services: Services, client: DurableOrchestrationClient, erasure: Erasure, customer_id: str) -> Erasure:
    """Refuse the customer, and call off what is in flight: also what was accepted while they were being erased."""
    await services.customers.erase(customer_id, erasure.requested_at, erasure.id)
    async for message in _messages(services, await _conversations(services, customer_id)):
        await _call_off(services, client, message)
    names = {services.addresses.erased.name_of(row_id) for row_id in await _rows_of(services, customer_id)}
    return replace(erasure, addresses=tuple(sorted({*erasure.addresses, *names})))


async def _call_off(services: Services, client: DurableOrchestrationClient, message: Message) -> None:
    """After this no attempt of the message begins."""
    collisions = Collisions()
    while not (message.outcome or message.cancelled_at):
        record = await services.messages.find(message.conversation_id, message.id)
        if record is None:
            return
        message, now = record.message, clock.now()
        if not (message.outcome or message.cancelled_at):
            try:
                called_off = replace(message, cancelled_at=now)
                message = (await services.messages.replace(record, called_off, due_at=now)).message
            except Stale:
                await collisions.pause()
                continue
            services.status_events.tell(message)
            async with left_to_the_sweeper(message.id):
                await rouse(client, message)


async def _empty(
    services: Services, client: DurableOrchestrationClient, erasure: Erasure, customer_id: str, ends_at: float
) -> tuple[Erasure, bool]:
    """Delete everything that can be deleted now; whether that was all, and what is kept under a hash.

    The rows of addresses come last, since they lead to the rest.
    """
    rows = await services.addresses.of_customer(customer_id)
    is_all = True
    for owner, conversation_id in await _every_conversation(services, customer_id, rows):
        left = 0
        async for record in services.conversations.records(conversation_id):
            if monotonic() >= ends_at:
                return erasure, False
            left += not await _delete(services, client, record)
        if left or not await forget_conversation(client, conversation_id):
            is_all = False
        else:
            await services.conversations.erase(owner, conversation_id)
    for row_id in await _rows_of(services, customer_id) if is_all else ():
        await services.addresses.erase(row_id, customer_id, clock.now() + REFUSED_FOR)
    await _unlist(services, erasure.addresses, for_good=is_all and erasure.erased_at is not None)
    await services.audit.forget_words(erasure.customer_key)
    if letters := _letters(services):
        await asyncio.to_thread(dead_letters.erase_events, letters, partial(_is_from, services, set(erasure.addresses)))
    is_all = is_all and await services.erasures.documents.scrub()
    kept = [await services.addresses.erased.read(name) for name in erasure.addresses]
    in_force = [each for row in kept if row for each in row.suppressions if each.holds(clock.now())]
    return replace(erasure, suppressions_kept=len(in_force)), is_all


async def _delete(services: Services, client: DurableOrchestrationClient, record: Message | InboundMessage) -> bool:
    """Delete a message and all that leads to it; whether that could be done. What still runs is never purged."""
    if isinstance(record, InboundMessage):
        await services.replies.erase(record)
        return True
    if HISTORY not in record.tended:
        if not await has_ended(client, record):
            return False
        await forget(client, record)
    await services.message_groups.forget(record)
    await services.correlations.erase(record)
    await services.messages.erase(record)
    return True


async def _rows_of(services: Services, customer_id: str) -> list[str]:
    """The ids of all rows that are about addresses of theirs, those last by which the others are found."""
    held = await services.addresses.of_customer(customer_id)
    alone = [row for row in held if all(each.customer_id == customer_id for each in row.holders)]
    found, waiting = {row.id for row in held}, list(alone)
    further: list[str] = []
    while waiting:
        row = waiting.pop()
        spellings = [
            await services.suppression_list.addresses(row.channel, key, row.suppressions) for key in row.list_keys
        ]
        others = {each for some in spellings for address in some for each in row_ids(row.channel, address)}
        new = sorted({*others, *await services.addresses.leading_to(row.id)} - found)
        found |= {*new}
        further += new
        waiting += [known for each in new if (known := await services.addresses.read(each))]
    return [*reversed(further), *(row.id for row in held)]


async def _unlist(services: Services, names: Iterable[str], *, for_good: bool) -> None:
    """Let the list for people tell no address of theirs, nor the audit what callers wrote about it."""
    for name in names:
        kept = await services.addresses.erased.read(name)
        if kept is None:
            continue
        for key in kept.listed_as:
            await services.suppression_list.forget(kept.channel, key, kept.suppressions)
            await services.audit.forget_words(f"{kept.channel}:{services.customer_keys.key_of(key)}")
        await services.suppression_list.note_erased(kept.channel, name, kept.suppressions)
        if for_good:
            await services.addresses.erased.unlist(name)


async def _look(services: Services, erasure: Erasure, customer_id: str) -> Seen:
    """What is kept of the customer now."""
    rows = await services.addresses.of_customer(customer_id)
    kept, in_flight, ends = Counter[str](), 0, []
    kept["addresses"] = len(rows)
    for _, conversation_id in await _every_conversation(services, customer_id, rows):
        kinds = Counter[str]()
        async for record in services.conversations.records(conversation_id):
            kinds["replies" if isinstance(record, InboundMessage) else "messages"] += 1
            if isinstance(record, Message):
                in_flight += record.outcome is None
                ends += [record.finished_at] if record.finished_at else []
        kept.update(kinds)
        kept["conversations"] += bool(kinds)
    if letters := _letters(services):
        is_theirs = partial(_is_from, services, set(erasure.addresses))
        kept["deadLetters"] = await asyncio.to_thread(dead_letters.events_that, letters, is_theirs)
    return Seen({name: count for name, count in kept.items() if count}, in_flight, max(ends, default=None))


async def _conversations(services: Services, customer_id: str) -> list[tuple[str, str]]:
    """Each conversation, with its owner."""
    return [(customer_id, each) for each in await services.conversations.ids_of(customer_id)]


async def _every_conversation(services: Services, customer_id: str, rows: list[AddressRow]) -> list[tuple[str, str]]:
    """Theirs, and those of strangers: what was written from addresses of theirs before anybody knew whose they are,
    unless others have them too.
    """
    alone = [row.id for row in rows if all(each.customer_id == customer_id for each in row.holders)]
    leading = [each for row_id in alone for each in await services.addresses.leading_to(row_id)]
    strangers = [conversation_of_stranger(row_id) for row_id in [*alone, *leading]]
    return [*await _conversations(services, customer_id), *((each, each) for each in strangers)]


async def _messages(services: Services, conversations: list[tuple[str, str]]) -> AsyncIterator[Message]:
    for _, conversation_id in conversations:
        async for record in services.conversations.records(conversation_id):
            if isinstance(record, Message):
                yield record


def _letters(services: Services) -> dead_letters.DeadLetters | None:
    source = services.settings.dead_letters
    return dead_letters.letters_in(source) if source else None


def _is_from(services: Services, addresses: set[str], event: dead_letters.Event) -> bool:
    """Whether one of these addresses is in the event, in any spelling."""
    for text in _texts(event):
        with suppress(UnicodeError):
            for row_id in (row_id for channel in CHANNELS for row_id in row_ids(channel, text)):
                if services.addresses.erased.name_of(row_id) in addresses:
                    return True
    return False


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str() if 0 < len(value) <= LONGEST_NAME:
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
