"""One attempt is handed to its provider. It is in the record before the provider is called."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from azure.durable_functions import DurableOrchestrationClient

from actions.current_rules import current_rules
from actions.preference_links import PreferenceLink, url_of
from actions.suppress import learn_of_address
from actions.turn import StepPayload, Turn, insist, settle
from actions.workflow import ring
from channels.calls import bounded, later
from channels.sdk_answers import no_answer
from channels.submission import Submission
from domain import clock
from domain.customers.customer import Customer
from domain.customers.suppression import Suppression
from domain.errors import Stale, StoreUnavailable
from domain.identities import attempt_id
from domain.messages.answers import Accepted, Answer, Refused, TryLater, Unknown, answered
from domain.messages.attempt import Attempt, Reason, Receipt
from domain.messages.message import LATEST_TURN, Message, Skip
from domain.messages.next_step import Send, address_of, next_step, no_address, paused, times_out_at
from domain.messages.permission import UNCLEAR, counted, depends_on_the_customer, why_forbidden, why_suppressed
from domain.messages.rules import Rules
from domain.messages.simulation import simulated_answer, simulated_reports
from store.address_rows import AddressEntry, Holder
from store.collisions import Collisions
from store.controls import CALL_SECONDS
from store.correlations import AttemptRow, provider_row_id
from store.messages import Record
from telemetry.metrics import provider_call

Fold = Callable[[Message], Message]
PERMIT_SECONDS = 5
"""How long a permit is asked for again while the store is away, before the provider is left for a later time."""


async def send_attempt(payload: dict[str, Any], client: DurableOrchestrationClient) -> StepPayload:
    """Hand one attempt to its provider, if the record still asks for it, and decide what happens next.

    payload: {"messageId", "conversationId", "turn", "channel", "attempt"}. Safe to repeat: the provider recognises the
    attempt id.
    """
    turn, asked = Turn.of(payload), Send(payload["channel"], payload["attempt"])
    begun = await _begin(turn, asked)
    if begun is None:
        return await settle(turn)
    if not isinstance(begun, Begun):
        return await settle(turn, begun)
    record, attempt = begun.record, begun.attempt
    handing_over = _hand_over(turn, begun, partial(ring, client))
    step = await turn.services.calls.in_time(handing_over, times_out_at(record.message, attempt), turn.message_id)
    return step or await settle(turn, _learnt(attempt, no_answer()), known=record)


@dataclass(frozen=True)
class Begun:
    """An attempt that is written as begun. `address` is the row of its address, where this execution has seen it."""

    record: Record
    attempt: Attempt
    address: AddressEntry | None = None


async def _hand_over(turn: Turn, begun: Begun, ring: Callable[[Message], Awaitable[None]]) -> StepPayload:
    """Call the provider, once, and fold its answer in, even if the activity has stopped waiting for it."""
    record, attempt = begun.record, begun.attempt
    answer = await _ask(turn, begun)
    early = await insist(partial(_join, turn, record.message, attempt, answer))
    return await insist(partial(settle, turn, _learnt(attempt, answer, early), ring, known=record))


async def _ask(turn: Turn, begun: Begun) -> Answer:
    """The provider's answer; "try later" if too many earlier calls have not returned yet."""
    message, attempt = begun.record.message, begun.attempt
    channel = turn.services.channels[attempt.channel]
    if message.mode == "test":
        return simulated_answer(attempt)
    share = turn.services.calls.share_of(attempt.channel, channel.sender)
    async with share.taken(until=times_out_at(message, attempt)) as is_taken:
        submission = _submission(turn, message, attempt)
        if not is_taken:
            return later(clock.now() - submission.first_sent_at)
        return await _why_not(turn, begun) or await provider_call(
            attempt.channel, bounded(channel.submit(submission), no_answer())
        )


async def _why_not(turn: Turn, begun: Begun) -> Answer | None:
    """Our own answer instead of the provider's, if it must not be called; None if it may be, now."""
    try:
        return await insist(partial(_why_forbidden, turn, begun), PERMIT_SECONDS)
    except StoreUnavailable:
        return TryLater(Reason("unavailable", "It could not be found out whether this may be sent."), was_asked=False)


async def _why_forbidden(turn: Turn, begun: Begun) -> Answer | None:
    """The last look before the provider is called.

    A pause is answered only when no worker can use rules from before it any more, and a STOP is acknowledged only when
    no permit can be had any more. So nothing may come between the permit and the call, and a permit that took longer
    than a pause waits is none. An attempt that is not "sending" may have left by an earlier call.
    """
    attempt, services = begun.attempt, turn.services
    rules = await current_rules(services)
    count_until = services.controls.good_until + CALL_SECONDS
    if rules.pause_of(attempt.channel, begun.record.message.category, clock.now()):
        return TryLater(paused(attempt.channel), was_asked=False)
    if reason := await _refusal(turn, begun, rules):
        if reason == UNCLEAR:
            return TryLater(reason, was_asked=False)
        return Refused(reason, was_asked=False) if attempt.status == "sending" else Unknown(reason)
    if monotonic() >= count_until:
        raise StoreUnavailable("the permit took so long that other rules may be in force by now")
    return None


async def _refusal(turn: Turn, begun: Begun, rules: Rules) -> Reason | None:
    """Why the customer or the address forbids this; None is the permit. The address is the last one to be written."""
    message, attempt, now = begun.record.message, begun.attempt, clock.now()

    def check(customer: Customer) -> Customer | Reason:
        if reason := why_forbidden(message, customer, attempt.channel, now, rules):
            return reason
        return counted(message, customer, now, rules) if message.category == "marketing" else customer

    if depends_on_the_customer(message) and (
        reason := await turn.services.customers.permit(message.customer_id, check)
    ):
        return reason
    forbids = await turn.services.addresses.permit(attempt.channel, attempt.to, message, begun.address)
    return why_suppressed(forbids) if forbids else None


async def _begin(turn: Turn, asked: Send) -> Begun | Fold | None:
    """Write the attempt as begun, under the etag of the read that still asks for it; None when none does.

    Where something forbids the attempt that the record did not tell, no attempt begins either: that is returned, to be
    folded in. After this write the message may leave; before it, a cancel or a report that was acknowledged prevents
    it.
    """
    collisions = Collisions()
    while True:
        record = await turn.read()
        if turn.is_decided_in(record.message):
            return None
        now = clock.now()
        customer = await turn.customer_of(record.message)
        decision = next_step(record.message, customer, now, await current_rules(turn.services))
        if decision.step != asked:
            return None
        if newer := await _newer(turn, record.message):
            return partial(replace, superseded_by=newer)
        known = record.message.attempt(asked.attempt) or Attempt(asked.attempt, asked.channel)
        attempt = _addressed(known, address_of(record.message, customer, asked.channel) or "")
        address = None
        if attempt.to:
            is_real = record.message.mode != "test"
            if is_real and attempt.to != known.to:
                address = await _point(turn, record.message, attempt, customer)
                is_new = len(record.message.attempts) < attempt.number  # the permit refuses one that was tried before
                if is_new and (forbids := await _suppression(turn, record.message, attempt, address)):
                    return partial(Message.with_skip, skip=Skip(attempt.channel, why_suppressed(forbids)))
            if is_real:
                await _correlate(turn, record.message, attempt)
            attempt = attempt.begun(now, turn.services.settings.repeat_window)
        else:
            attempt = attempt.raised_to("failed", now, no_address(attempt.channel))
        changed = decision.message.with_attempt(attempt)
        try:
            written = await turn.services.messages.replace(record, changed, due_at=now + LATEST_TURN)
        except Stale:
            await collisions.pause()
        else:
            return Begun(written, attempt, address) if attempt.to else None


async def _newer(turn: Turn, message: Message) -> str | None:
    """The message that has taken the place of this one, of which nothing was sent yet."""
    if message.collapse_key is None or message.attempts:
        return None
    newest = (await turn.services.message_groups.take(message, message.collapse_key)).newest
    return newest.message_id if newest.message_id != message.id else None


def _addressed(attempt: Attempt, to: str) -> Attempt:
    """The attempt with the customer's current address, unless it may have been sent already.

    It may have waited for its provider for days, and the number it was meant for may be another customer's by now.
    """
    has_not_left = attempt.first_sent_at is None or (attempt.status == "sending" and attempt.retry_at)
    return replace(attempt, to=to) if has_not_left else attempt


async def _correlate(turn: Turn, message: Message, attempt: Attempt) -> None:
    """Store the correlation before a report can arrive."""
    if turn.services.channels[attempt.channel].reports_attempt_id:
        row = _row(turn, attempt, attempt_id(message.id, attempt.number))
        await turn.services.correlations.name_attempt(row)


async def _point(turn: Turn, message: Message, attempt: Attempt, customer: Customer | None) -> AddressEntry:
    """Store who owns the address before a reply can arrive."""
    is_on_file = bool(customer and customer.lists(attempt.channel, attempt.to))
    holder = Holder(message.customer_id, message.external_customer_id, message.conversation_id, is_on_file)
    return await turn.services.addresses.point(attempt.channel, attempt.to, holder)


async def _suppression(turn: Turn, message: Message, attempt: Attempt, address: AddressEntry) -> Suppression | None:
    """What forbids the attempt. What a read tells may have been lifted since, so it is confirmed."""
    if not address.row.suppression_of(message):
        return None
    return await turn.services.addresses.permit(attempt.channel, attempt.to, message)


async def _join(turn: Turn, message: Message, attempt: Attempt, answer: Answer) -> tuple[Receipt, ...]:
    """Where reports know only the provider's id, let that point to the attempt; returns those that came before."""
    services = turn.services
    if message.mode == "test":
        return simulated_reports(message, attempt)
    if services.channels[attempt.channel].reports_attempt_id or not isinstance(answer, Accepted):
        return ()
    row = _row(turn, attempt, provider_row_id(answer.provider_message_id))
    early = await services.correlations.join(row)
    await learn_of_address(services, message, attempt, *early)
    return early


def _row(turn: Turn, attempt: Attempt, row_id: str) -> AttemptRow:
    return AttemptRow(row_id, turn.conversation_id, turn.message_id, attempt.number, attempt.channel)


def _submission(turn: Turn, message: Message, attempt: Attempt) -> Submission:
    link = PreferenceLink.of(message, attempt.channel, attempt.to) if message.category == "marketing" else None
    return Submission(
        to=attempt.to,
        content=message.content.on(attempt.channel),
        attempt_id=attempt_id(message.id, attempt.number),
        first_sent_at=attempt.first_sent_at or clock.now(),
        is_repetition=attempt.tries > 1,
        preference_url=url_of(turn.services, "preferences", link) if link else None,
    )


def _learnt(attempt: Attempt, answer: Answer, early: tuple[Receipt, ...] = ()) -> Callable[[Message], Message]:
    return partial(_with_answer, begun=attempt, answer=answer, early=early, at=clock.now())


def _with_answer(
    message: Message, *, begun: Attempt, answer: Answer, early: tuple[Receipt, ...], at: datetime
) -> Message:
    """Safe to repeat, as every fold is: the write before may have happened, and its answer been lost."""
    if attempt := message.attempt(begun.number):
        message = message.with_attempt(answered(attempt, answer, at, begun))
    for receipt in early:
        told_at = clock.believed(message.created_at, receipt.at)
        message = message.with_receipt(replace(receipt, attempt=begun.number, at=told_at))
    return message
