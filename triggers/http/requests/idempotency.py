"""The key by which a caller repeats a request."""

import azure.functions as func

from domain.errors import InvalidMessage

KEY_LENGTH = 255


def idempotency_key_in(req: func.HttpRequest) -> str | None:
    """Raises `InvalidMessage`."""
    key: str | None = req.headers.get("Idempotency-Key")
    if key is not None and not (1 <= len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidMessage(("Idempotency-Key", "format", f"must be 1 to {KEY_LENGTH} printable ASCII characters"))
    return key
