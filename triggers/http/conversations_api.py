"""HTTP: the conversations with a customer, and their messages in both directions."""

import re
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from domain.conversations.conversation import Conversation
from domain.conversations.inbound import InboundMessage
from domain.conversations.keywords import may_mean_stop
from domain.errors import InvalidMessage
from domain.messages.message import Message
from domain.serialization import to_document
from services import services
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.messages_api import as_told
from triggers.http.requests.paths import conversation_id_in, customer_in
from triggers.http.responses.json_response import answer
from triggers.http.responses.masking import shown_address
from triggers.http.responses.problems import problem

bp = df.Blueprint()

USUAL_TOP, LARGEST_TOP = 20, 100


@bp.route("customers/{customer_id}/conversations", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "privacy")
async def get_conversations(req: func.HttpRequest) -> func.HttpResponse:
    """The conversations of a customer, the latest first, a page at a time."""
    customer_id, top = customer_in(req, services().customer_keys), _top(req)
    if customer_id is None:
        return problem("customerNotFound")
    try:
        page = await services().conversations.of_customer(customer_id, top, req.params.get("continuation"))
    except ValueError:
        raise _foreign_continuation() from None
    if not page.conversations and not await services().customers.read(customer_id):
        return problem("customerNotFound")
    return _page("conversations", [_conversation(each) for each in page.conversations], page.continuation)


@bp.route("conversations/{conversation_id}/messages", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "privacy")
async def get_conversation_messages(req: func.HttpRequest) -> func.HttpResponse:
    """The messages of a conversation, the newest first, a page at a time."""
    conversation_id, top = conversation_id_in(req), _top(req)
    if conversation_id is None:
        return problem("conversationNotFound")
    try:
        page = await services().conversations.messages(conversation_id, top, req.params.get("continuation"))
    except ValueError:
        raise _foreign_continuation() from None
    if not page.messages and not await services().conversations.owner_of(conversation_id):
        return problem("conversationNotFound")
    return _page("messages", [_message(each) for each in page.messages], page.continuation)


def _top(req: func.HttpRequest) -> int:
    top = req.params.get("top", str(USUAL_TOP))
    if not re.fullmatch(r"[0-9]{1,3}", top) or not 1 <= int(top) <= LARGEST_TOP:
        raise InvalidMessage(("top", "outOfRange", f"must be a number from 1 to {LARGEST_TOP}"))
    return int(top)


def _foreign_continuation() -> InvalidMessage:
    return InvalidMessage(("continuation", "unknown", "must be one that this list has given"))


def _page(name: str, told: list[dict[str, Any]], continuation: str | None) -> func.HttpResponse:
    return answer(200, {name: told, **({"continuation": continuation} if continuation else {})})


def _conversation(conversation: Conversation) -> dict[str, Any]:
    told = {
        "conversationId": conversation.id,
        "customerId": conversation.external_customer_id,
        "customerKey": services().customer_keys.key_of(conversation.customer_id),
        "channels": conversation.channels,
        "last": conversation.last,
        "counts": {"outbound": conversation.outbound, "inbound": conversation.inbound},
        "updatedAt": conversation.updated_at,
    }
    return {name: to_document(value) for name, value in told.items() if value is not None}


def _message(message: Message | InboundMessage) -> dict[str, Any]:
    """An outbound message is told as `GET /api/messages/{id}` tells it."""
    if isinstance(message, Message):
        return {**as_told(message), "direction": message.direction}
    told = {
        "messageId": message.id,
        "customerId": message.external_customer_id or None,
        "customerKey": services().customer_keys.key_of(message.customer_id) if message.external_customer_id else None,
        "conversationId": message.conversation_id,
        "direction": message.direction,
        "channel": message.channel,
        "from": shown_address(message.sender) if message.sender else None,
        "content": message.content if current_caller().sees_people else None,
        "receivedAt": message.created_at,
        "providerMessageId": message.provider_message_id,
        "inReplyTo": message.in_reply_to,
        "mayBeStop": may_mean_stop(message.content) or None,
    }
    return {name: to_document(value) for name, value in told.items() if value is not None}
