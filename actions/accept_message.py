"""Accept a message: write its record, start its workflow, publish its status. Each step may be repeated."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from azure.durable_functions import DurableOrchestrationClient

from actions.current_rules import current_rules
from actions.left_to_the_sweeper import left_to_the_sweeper
from actions.limits import count
from actions.render import with_content
from actions.supersede import supersede_older
from actions.workflow import start
from domain import clock
from domain.access.caller import Caller
from domain.customers.customer import Customer
from domain.errors import Conflict, FieldCode, InvalidMessage
from domain.identities import digest, is_named_by_us, own_conversation
from domain.messages.message import Message
from domain.messages.next_step import Send, Step, next_step, why_never
from domain.messages.proposal import Proposal
from domain.messages.rules import NO_RULES, Rules
from services import Services
from store.conversations import Owner
from store.correlations import AcceptedRow
from telemetry.traces import traceparent


@dataclass(frozen=True)
class Request:
    """Identifies a request, and its caller.

    `message_id` follows from the idempotency key within the caller's scope, `fingerprint` from what is asked for.
    `is_mine` checks whether a fingerprint, also one of an older version, belongs to this request. `is_new`: the key was
    drawn just now, so nobody can have used it before. `unscoped_id` is what the key meant before the caller had a
    scope; None when no such message can exist any more. `source` is the caller's IP address.
    """

    message_id: str
    fingerprint: str
    is_mine: Callable[[str], bool]
    caller: Caller
    source: str | None = None
    is_new: bool = False
    unscoped_id: str | None = None


@dataclass(frozen=True)
class Acceptance:
    """The record as it was written, the first decision, and whether the same request was accepted before."""

    message: Message
    first_step: Step
    is_repeated: bool


async def accept_message(
    services: Services, client: DurableOrchestrationClient, proposal: Proposal, request: Request
) -> Acceptance:
    """Insert, start, publish. Repeating the request completes what a crash interrupted.

    Once the record is durable the message is accepted, whether or not the start and the notice succeed: the sweeper
    repeats both. A pause is not looked at here: the workflow does that, before it sends. Raises `InvalidMessage`, and
    `StoreUnavailable` when it is not known whether the message was accepted.
    """
    customer = await services.customers.read(digest(proposal.customer_id))
    rules = NO_RULES if services.settings.countries is None else await current_rules(services)
    message, is_repeated = await _record(services, proposal, request, customer, rules)
    services.status_events.tell(message)
    decision = next_step(message, customer, clock.now(), rules)
    async with left_to_the_sweeper(message.id):
        await supersede_older(services, client, message)
    async with left_to_the_sweeper(message.id):
        if message.turn is None and message.start_at is None and not message.outcome:
            await start(client, message, decision.to_payload() if isinstance(decision.step, Send) else None)
    return Acceptance(message, decision.step, is_repeated)


async def _record(
    services: Services, proposal: Proposal, request: Request, customer: Customer | None, rules: Rules
) -> tuple[Message, bool]:
    """The record of this request, new or from an earlier try, and whether there was an earlier try.

    The correlation decides: ids of messages are unique within a conversation only, and the request may name another.
    """
    check_customer(proposal, customer)
    owner = Owner(digest(proposal.customer_id), proposal.customer_id)
    conversation_id = proposal.conversation_id or own_conversation(owner.customer_id)
    wanted = AcceptedRow(request.message_id, conversation_id, request.fingerprint)
    row = None if request.is_new else await _known(services, request)
    if proposal.template:
        known = await services.messages.find(row.conversation_id, row.id) if row else None
        if row and known and request.is_mine(row.body_hash):
            return known.message, True  # whatever the template says by now
    proposal = await with_content(services, proposal, customer)
    if row is None:
        proposal.check_times(clock.now())
        check_route(message_of(wanted, proposal, customer, request), customer, rules)
        claimed = (
            None if is_named_by_us(conversation_id) else await services.conversations.claim(conversation_id, owner)
        )
        check_owner(conversation_id, owner.customer_id, claimed)
        await count(services, request.caller, "sends")
        row = await services.correlations.accept(wanted)
    if not request.is_mine(row.body_hash):
        raise InvalidMessage(
            ("Idempotency-Key", "taken", "was used for another message"), mistake="idempotencyKeyReused"
        )
    try:
        message = message_of(row, proposal, customer, request)
        if message.reference:
            await services.message_groups.file(message, message.reference)
        record = await services.messages.create(message)
    except Conflict:
        record = await services.messages.read(row.conversation_id, row.id)
    return record.message, row is not wanted


def check_customer(proposal: Proposal, customer: Customer | None) -> None:
    """Raises `InvalidMessage` for who was erased, and for who is nowhere."""
    if customer and customer.erased_at:
        raise InvalidMessage(("customerId", "erased", "was erased"), mistake="customerErased")
    if not proposal.to and not (customer and customer.is_on_file):
        raise InvalidMessage(
            ("customerId", "unknown", "is not on file, and `to` names no address"), mistake="customerNotOnFile"
        )


async def _known(services: Services, request: Request) -> AcceptedRow | None:
    """The row of an earlier try of this request, also from before its caller had a scope of its own."""
    older = await services.correlations.find_accepted(request.unscoped_id) if request.unscoped_id else None
    if older and request.is_mine(older.body_hash):
        return older
    return await services.correlations.find_accepted(request.message_id)


def message_of(row: AcceptedRow, proposal: Proposal, customer: Customer | None, request: Request) -> Message:
    """The record of this message as it is accepted."""
    message = proposal.to_message(row.id, row.conversation_id, customer, clock.now(), traceparent())
    caller = request.caller
    return replace(
        message,
        mode=caller.mode,
        recipients=caller.recipients,
        accepted_by=caller.name,
        accepted_from=request.source,
    )


def check_route(message: Message, customer: Customer | None, rules: Rules) -> None:
    """Raises `InvalidMessage` if the workflow could only end as `notSent`; it uses the same reasons."""
    reasons = why_never(message, customer, rules)
    if reasons:
        errors: Iterable[tuple[str, FieldCode, str]] = (
            (f"channels[{place}]", "unusable", f"cannot be used. {it.detail}") for place, it in enumerate(reasons)
        )
        raise InvalidMessage(*errors, mistake="noUsableChannel")


def check_owner(conversation_id: str, customer_id: str, known: Owner | None) -> None:
    """A conversation belongs to one customer: the one it is named for, else the first to have a message in it, `known`.

    Raises `InvalidMessage`.
    """
    if is_named_by_us(conversation_id):
        is_theirs = conversation_id == own_conversation(customer_id)  # needs no row to say so
    else:
        is_theirs = known is None or known.customer_id == customer_id
    if not is_theirs:
        raise InvalidMessage(("conversationId", "taken", "belongs to another customer"), mistake="conversationTaken")
