"""Ids in the path of a request."""

from urllib.parse import unquote

import azure.functions as func

from domain.errors import InvalidMessage, InvalidValue
from domain.identities import OURS, digest
from domain.texts import CUSTOMER_KEY_PREFIX, customer_id
from store.customer_keys import CustomerKeys


def customer_id_in(req: func.HttpRequest) -> str:
    """The caller's own id of a customer. Raises `InvalidMessage`."""
    try:
        return customer_id(_decoded(req, "customer_id", "customerId"))
    except InvalidValue as wrong:
        raise InvalidMessage(("customerId", wrong.code, str(wrong))) from None


def customer_key_in(req: func.HttpRequest) -> str | None:
    """The `customerKey` that stands where the caller's own id may stand too. Raises `InvalidMessage`."""
    named = _decoded(req, "customer_id", "customerId")
    return named if named.startswith(CUSTOMER_KEY_PREFIX) else None


def customer_in(req: func.HttpRequest, keys: CustomerKeys) -> str | None:
    """The customer that a path names in either way, as the digest of the caller's own id. Raises `InvalidMessage`.

    None for a `customerKey` that leads to nobody.
    """
    key = customer_key_in(req)
    return keys.customer_id_of(key) if key else digest(customer_id_in(req))


def message_id_in(req: func.HttpRequest) -> str | None:
    """The id of a message, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "message_id", "messageId"))


def conversation_id_in(req: func.HttpRequest) -> str | None:
    """The id of a conversation, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "conversation_id", "conversationId"))


def key_id_in(req: func.HttpRequest) -> str | None:
    """The id of an API key, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "key_id", "keyId"))


def erasure_id_in(req: func.HttpRequest) -> str | None:
    """The id of an erasure, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "erasure_id", "erasureId"))


def import_id_in(req: func.HttpRequest) -> str | None:
    """The id of an import, None for what can be none. Raises `InvalidMessage`."""
    return _ours(_decoded(req, "import_id", "importId"))


def _ours(text: str) -> str | None:
    return text if OURS.fullmatch(text) else None


def _decoded(req: func.HttpRequest, name: str, field: str) -> str:
    """Decode what the host leaves encoded: a slash, which would end the segment, and invalid UTF-8.

    No id holds `%` and two hexadecimal digits, so nothing that is decoded here was meant as it stands.
    """
    try:
        return unquote(req.route_params[name], errors="strict")
    except UnicodeDecodeError:
        raise InvalidMessage((field, "format", "must be percent-encoded UTF-8")) from None
