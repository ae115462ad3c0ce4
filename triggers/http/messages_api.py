"""HTTP: a message comes in, and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from secrets import token_urlsafe

import azure.durable_functions as df
import azure.functions as func

from actions.in_our_words import in_our_words
from actions.left_to_the_sweeper import left_to_the_sweeper
from actions.turn import LATEST_TURN
from actions.workflow import start
from domain import clock
from domain.customers.customer import Customer
from domain.errors import Conflict, FieldCode, InvalidMessage, StoreUnavailable
from domain.identities import digest, is_named_by_us, message_id_of, own_conversation
from domain.messages.attempt import Attempt
from domain.messages.message import LEAD, Message
from domain.messages.next_step import Send, Step, next_step, why_never
from domain.serialization import to_document
from services import Services, services
from store.conversations import Owner
from store.correlations import AcceptedRow
from telemetry.log_lines import json_log
from telemetry.traces import request_span, traceparent
from triggers.http.requests.fingerprints import fingerprint, is_fingerprint_of
from triggers.http.requests.paths import message_id_in
from triggers.http.requests.read_body import read_body
from triggers.http.requests.request_bodies import MessageBody
from triggers.http.responses import response_bodies as told
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem, with_problems, with_problems_saying
from triggers.http.workflow_api import workflow_urls

bp = df.Blueprint()
log = json_log(__name__)

KEY_LENGTH = 255

UNKNOWN = "It is not known whether the message was accepted, and it may arrive though the request is not sent again."
TRY_AGAIN = f"{UNKNOWN} The same request with the same Idempotency-Key may be sent again, and is one message."
TRY_AGAIN_WITH_OURS = (
    f"{UNKNOWN} Send the same request again with the Idempotency-Key that this answer names: then it is one message. "
    "Without that key it may be two."
)


@bp.route("messages", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@with_problems_saying(TRY_AGAIN)
@in_our_words
async def post_message(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Accept a message: 202 with the URL that tells its status. The body is `MessageBody`.

    With an `Idempotency-Key` the same request may be sent again and is one message. A 503 tells one to who sent none.
    """
    return await accept(req, client)


@bp.function_name("MessageRouter")
@bp.route("MessageRouter", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@with_problems_saying(TRY_AGAIN)
@in_our_words
async def message_router(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """The same as `post_message`, under the name that other systems know."""
    return await accept(req, client)


@bp.route("messages/{message_id}", methods=[func.HttpMethod.GET])
@with_problems
@in_our_words
async def get_message(req: func.HttpRequest) -> func.HttpResponse:
    """What became of a message, attempt by attempt."""
    message_id = message_id_in(req)
    row = await services().correlations.find_accepted(message_id) if message_id else None
    record = await services().messages.find(row.conversation_id, row.id) if row else None
    return answer(200, as_told(record.message)) if record else problem("messageNotFound")


async def accept(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """The answer to a request, under the trace that the message keeps from then on."""
    with request_span("accept message", req.headers):
        return await _accept(req, client)


async def _accept(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Insert, start, answer: each may be repeated, so the same request completes what a crash left undone.

    Once the record is durable the answer is 202, whatever becomes of the start and of the notice.
    """
    request = _request(req)
    try:
        customer = await services().customers.read(digest(request.body.customer_id))
        message, is_repeated = await _record(services(), request, customer)
    except StoreUnavailable as fault:
        if request.is_named_by_caller:
            raise
        log.warning("not accepted", fault=str(fault))
        return _try_again_with(request.key)
    services().status_events.tell(message)
    decision = next_step(message, customer, clock.now())
    async with left_to_the_sweeper(message.id):
        if message.turn is None and message.start_at is None and not message.outcome:
            await start(client, message, decision.to_payload() if isinstance(decision.step, Send) else None)
    return _accepted(workflow_urls(req, client, message.id), message, decision.step, is_repeated)


@dataclass(frozen=True)
class Request:
    """A valid request. Where the caller names no key, it is one of ours, told only to who has to try again."""

    body: MessageBody
    sent: bytes
    key: str
    is_named_by_caller: bool


def _request(req: func.HttpRequest) -> Request:
    """Raises `InvalidMessage`."""
    body, key = read_body(req, MessageBody), req.headers.get("Idempotency-Key")
    if key is None:
        return Request(body, req.get_body(), token_urlsafe(), is_named_by_caller=False)
    if not (1 <= len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidMessage(("Idempotency-Key", "format", f"must be 1 to {KEY_LENGTH} printable ASCII characters"))
    return Request(body, req.get_body(), key, is_named_by_caller=True)


def _try_again_with(key: str) -> func.HttpResponse:
    """The write may have happened and its answer been lost. Under the key that named it, it is found again."""
    return problem("acceptanceUnknown", TRY_AGAIN_WITH_OURS, headers={"Idempotency-Key": key}, idempotencyKey=key)


async def _record(services: Services, request: Request, customer: Customer | None) -> tuple[Message, bool]:
    """The record of this request, new or as an earlier sending of it left it, and whether there was an earlier one.

    The correlation decides: ids of messages are unique within a conversation only, and the body may name another.
    """
    body = request.body
    if not body.addresses and not (customer and customer.is_on_file):
        raise InvalidMessage(
            ("customerId", "unknown", "is not on file, and `to` names no address"), mistake="customerNotOnFile"
        )
    owner = Owner(digest(body.customer_id), body.customer_id)
    conversation_id = body.conversation_id or own_conversation(owner.customer_id)
    wanted = AcceptedRow(message_id_of(request.key), conversation_id, fingerprint(request.sent))
    row = await services.correlations.find_accepted(wanted.id) if request.is_named_by_caller else None
    if row is None:
        body.check_times(clock.now())
        _check_route(_message(wanted, body, customer), customer)
        await _check_owner(services, conversation_id, owner)
        row = await services.correlations.accept(wanted)
    if not is_fingerprint_of(row.body_hash, request.sent, body):
        raise InvalidMessage(
            ("Idempotency-Key", "taken", "was used for another message"), mistake="idempotencyKeyReused"
        )
    message = _message(row, body, customer)
    try:
        record = await services.messages.create(message)
    except Conflict:
        record = await services.messages.read(row.conversation_id, row.id)
    return record.message, row is not wanted


def _check_route(message: Message, customer: Customer | None) -> None:
    """Raises `InvalidMessage` for what the workflow could only end as undelivered: it decides by the same reasons."""
    reasons = why_never(message, customer)
    if reasons:
        errors: Iterable[tuple[str, FieldCode, str]] = (
            (f"channels[{place}]", "unusable", f"cannot be used. {it.detail}") for place, it in enumerate(reasons)
        )
        raise InvalidMessage(*errors, mistake="noUsableChannel")


async def _check_owner(services: Services, conversation_id: str, owner: Owner) -> None:
    """A conversation is one customer's: his for whom we have named it, else whoever's writes in it first."""
    if is_named_by_us(conversation_id):
        is_his = conversation_id == own_conversation(owner.customer_id)  # needs no row to say so
    else:
        is_his = (await services.conversations.claim(conversation_id, owner)).customer_id == owner.customer_id
    if not is_his:
        raise InvalidMessage(("conversationId", "taken", "belongs to another customer"), mistake="conversationTaken")


def _message(row: AcceptedRow, body: MessageBody, customer: Customer | None) -> Message:
    now = clock.now()
    start_at = body.send_at - LEAD if body.send_at and body.send_at - LEAD > now else None
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        customer_id=digest(body.customer_id),
        external_customer_id=body.customer_id,
        created_at=now,
        start_at=start_at,
        due_at=(start_at + LEAD if start_at else now) + LATEST_TURN,
        content=body.to_content(),
        route=body.to_route(customer.channels if customer else ()),
        to=body.addresses,
        priority=body.priority,
        category=body.category,
        if_unknown=body.if_unknown,
        send_at=body.send_at,
        expires_at=body.expires_at,
        reference=body.reference,
        metadata=body.metadata or None,
        trace=traceparent(),
    )


def _accepted(urls: dict[str, str], message: Message, step: Step, is_repeated: bool) -> func.HttpResponse:
    """The same answer for every sending of a request; a header tells the later ones."""
    first = message.attempts[0].channel if message.attempts else step.channel if isinstance(step, Send) else None
    accepted = {"messageId": message.id, "status": "accepted", "channel": first}
    headers = {"Location": urls["statusQueryGetUri"], "Retry-After": "5"}
    return answer(202, {**accepted, **urls}, {**headers, **({"Idempotency-Replayed": "true"} if is_repeated else {})})


def as_told(message: Message) -> told.OutboundMessage:
    """A message as the API tells it. The text and the addresses stay inside."""
    named = {
        "sendAt": message.send_at,
        "expiresAt": message.expires_at,
        "cancelledAt": message.cancelled_at,
        "reference": message.reference,
        "metadata": message.metadata,
    }
    shown: told.OutboundMessage = to_document({
        "messageId": message.id,
        "customerId": message.external_customer_id,
        "customerKey": services().customer_keys.key_of(message.customer_id),
        "conversationId": message.conversation_id,
        "direction": message.direction,
        "status": message.status,
        "channel": message.best.channel if message.best else None,
        "createdAt": message.created_at,
        "finishedAt": message.finished_at,
        "deadline": message.deadline,
        "priority": message.priority,
        "category": message.category,
        "ifUnknown": message.if_unknown,
        **_known(named),
        "route": message.route,
        "attempts": [_attempt_as_told(message, attempt) for attempt in message.attempts],
        "skipped": message.skipped,
    })  # fmt: skip
    return shown


def _attempt_as_told(message: Message, attempt: Attempt) -> dict[str, object]:
    known = {
        "attempt": attempt.number,
        "channel": attempt.channel,
        "status": "bounced" if attempt.has_bounced else attempt.status,
        "tries": attempt.tries,
        "providerMessageId": attempt.provider_message_id,
        "sentAt": attempt.first_sent_at,
        "deliveredAt": attempt.delivered_at,
        "bouncedAt": attempt.bounced_at,
        "reason": attempt.failure if attempt.bounced_at else attempt.reason,
        "duplicate": message.is_duplicate(attempt),
    }
    return _known(known)


def _known(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
