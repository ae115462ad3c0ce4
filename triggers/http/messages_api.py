"""HTTP: send a message, and query it."""

import re
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.accept_message import Acceptance, Request, accept_message
from actions.current_rules import current_rules
from actions.dry_run import Trial, dry_run
from domain import clock
from domain.errors import InvalidMessage, StoreUnavailable
from domain.identities import message_id_of
from domain.messages.attempt import Attempt
from domain.messages.message import Message
from domain.messages.next_step import Next, Send, next_step
from domain.serialization import to_document
from services import services
from telemetry.log_lines import json_log
from telemetry.traces import request_span
from triggers.http.current_call import current_call
from triggers.http.gate import allow
from triggers.http.requests.fingerprints import fingerprint, is_fingerprint_of
from triggers.http.requests.idempotency import idempotency_key_in
from triggers.http.requests.paths import message_id_in
from triggers.http.requests.read_body import read_body
from triggers.http.requests.request_bodies import MessageBody
from triggers.http.responses import response_bodies as told
from triggers.http.responses.json_response import answer
from triggers.http.responses.previews import previewed
from triggers.http.responses.problems import problem
from triggers.http.workflow_api import workflow_urls

bp = df.Blueprint()
log = json_log(__name__)


UNKNOWN = "It is not known whether the message was accepted, and it may arrive though the request is not sent again."
TRY_AGAIN = f"{UNKNOWN} The same request with the same Idempotency-Key may be sent again, and is one message."
TRY_AGAIN_WITH_OURS = (
    f"{UNKNOWN} Send the same request again with the Idempotency-Key that this answer names: then it is one message. "
    "Without that key it may be two."
)


@bp.route("messages", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@allow("sender", how_to_repeat=TRY_AGAIN, test_keys=True)
async def post_message(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Accept a message: 202 with the URL that tells its status. The body is `MessageBody`.

    With an `Idempotency-Key` the same request may be sent again and is one message. A 503 tells one to who sent none.
    `?dryRun=true` tells with 200 what would happen, and sends nothing.
    """
    return await accept(req, client)


@bp.function_name("MessageRouter")
@bp.route("MessageRouter", methods=[func.HttpMethod.POST])
@bp.durable_client_input(client_name="client")
@allow("sender", how_to_repeat=TRY_AGAIN, test_keys=True)
async def message_router(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """The same as `post_message`, under the name that other systems know."""
    return await accept(req, client)


@bp.route("messages/{message_id}", methods=[func.HttpMethod.GET])
@allow("sender", "reader", "agent", "operator")
async def get_message(req: func.HttpRequest) -> func.HttpResponse:
    """What became of a message, attempt by attempt."""
    message_id = message_id_in(req)
    row = await services().correlations.find_accepted(message_id) if message_id else None
    record = await services().messages.find(row.conversation_id, row.id) if row else None
    if record is None:
        return problem("messageNotFound")
    following = await _next(record.message)
    return answer(200, {**as_told(record.message), **({"next": to_document(following)} if following else {})})


async def _next(message: Message) -> Next | None:
    """What the workflow would decide now."""
    if message.outcome:
        return None
    now, customer = clock.now(), await services().customers.read(message.customer_id)
    return Next.of(next_step(message, customer, now, await current_rules(services())), now)


async def accept(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """The answer to a request, under the trace that the message keeps from then on."""
    with request_span("accept message", req.headers):
        return await _accept(req, client)


async def _accept(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    body, callers_key = read_body(req, MessageBody), idempotency_key_in(req)
    if _is_dry_run(req):
        request = _request(callers_key or token_urlsafe(), req.get_body(), body, is_new=True)
        return answer(200, _tried(await dry_run(services(), body.to_proposal(), request)))
    key = callers_key or token_urlsafe()
    try:
        accepted = await accept_message(
            services(), client, body.to_proposal(), _request(key, req.get_body(), body, is_new=callers_key is None)
        )
    except StoreUnavailable as fault:
        if callers_key:
            raise
        log.warning("not accepted", fault=str(fault))
        return _try_again_with(key)
    return _accepted(workflow_urls(req, client, accepted.message.id), accepted)


def _is_dry_run(req: func.HttpRequest) -> bool:
    """Raises `InvalidMessage`: with a misspelt one the message would be sent."""
    wrong = [name for name in req.params if re.fullmatch("dry.?run", name.lower()) and name != "dryRun"]
    if wrong:
        raise InvalidMessage(*((name, "unknownField", "must be written dryRun") for name in wrong))
    text = req.params.get("dryRun", "false")
    if text not in ("true", "false"):
        raise InvalidMessage(("dryRun", "notOneOf", "must be true or false"))
    return bool(text == "true")


def _tried(trial: Trial) -> dict[str, Any]:
    """What would be sent, where, and what would happen first."""
    message, skipped = trial.message, {skip.channel: skip.reason for skip in trial.decided.skipped}
    shown: dict[str, Any] = to_document(
        {
            "dryRun": True,
            "template": message.content.template,
            "locale": message.content.locale,
            "route": [
                {**to_document(step), **({"skipped": skipped[step.channel]} if step.channel in skipped else {})}
                for step in message.route
            ],
            "next": trial.following,
            "deadline": message.deadline,
            "channels": {step.channel: previewed(message.content, step.channel) for step in message.route},
        }
    )
    return {name: value for name, value in shown.items() if value is not None}


def _request(key: str, sent: bytes, body: MessageBody, *, is_new: bool) -> Request:
    def is_mine(known: str) -> bool:
        return is_fingerprint_of(known, sent, body)

    call = current_call()
    scope = call.caller.scope
    return Request(
        message_id=message_id_of(key, scope),
        fingerprint=fingerprint(sent),
        is_mine=is_mine,
        caller=call.caller,
        source=call.source,
        is_new=is_new,
        unscoped_id=message_id_of(key) if scope and not is_new else None,
    )


def _try_again_with(key: str) -> func.HttpResponse:
    """The write may have happened and its answer been lost. Under the key that named it, it is found again."""
    return problem("acceptanceUnknown", TRY_AGAIN_WITH_OURS, headers={"Idempotency-Key": key}, idempotencyKey=key)


def _accepted(urls: dict[str, str], accepted: Acceptance) -> func.HttpResponse:
    """The same answer for every repetition of a request; a header marks repetitions."""
    message, step = accepted.message, accepted.first_step
    first = message.attempts[0].channel if message.attempts else step.channel if isinstance(step, Send) else None
    body = {"messageId": message.id, "status": "accepted", "channel": first}
    headers = {"Location": urls["statusQueryGetUri"], "Retry-After": "5"}
    return answer(
        202, {**body, **urls}, {**headers, **({"Idempotency-Replayed": "true"} if accepted.is_repeated else {})}
    )


def as_told(message: Message) -> told.OutboundMessage:
    """A message as the API shows it, without its text and addresses."""
    named = {
        "sendAt": message.send_at,
        "expiresAt": message.expires_at,
        "cancelledAt": message.cancelled_at,
        "topic": message.topic,
        "template": message.content.template,
        "locale": message.content.locale,
        "collapseKey": message.collapse_key,
        "supersededBy": message.superseded_by,
        "reference": message.reference,
        "metadata": message.metadata,
        "held": message.held,
        "mode": message.mode if message.mode != "live" else None,
        "acceptedBy": message.accepted_by,
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
