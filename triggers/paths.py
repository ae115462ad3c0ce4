"""Ids in the path of a request."""

from urllib.parse import unquote

import azure.functions as func

from delivery.errors import InvalidMessage, InvalidValue
from delivery.identities import OURS
from delivery.texts import customer_id


def customer_id_in(req: func.HttpRequest) -> str:
    """The caller's own id of a customer. Raises `InvalidMessage`."""
    try:
        return customer_id(_decoded(req, "customer_id", "customerId"))
    except InvalidValue as wrong:
        raise InvalidMessage(("customerId", wrong.code, str(wrong))) from None


def message_id_in(req: func.HttpRequest) -> str | None:
    """The id of a message, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "message_id", "messageId"))


def conversation_id_in(req: func.HttpRequest) -> str | None:
    """The id of a conversation, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "conversation_id", "conversationId"))


def _ours(text: str) -> str | None:
    return text if OURS.fullmatch(text) else None


def _decoded(req: func.HttpRequest, name: str, field: str) -> str:
    """What the host leaves encoded: a slash, which would end the segment, and what is no UTF-8.

    No id holds `%` and two hexadecimal digits, so nothing that is decoded here was meant as it stands.
    """
    try:
        return unquote(req.route_params[name], errors="strict")
    except UnicodeDecodeError:
        raise InvalidMessage((field, "format", "must be percent-encoded UTF-8")) from None
