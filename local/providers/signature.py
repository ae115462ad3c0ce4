"""The HMAC-SHA256 signature that every request to Communication Services carries."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from local.environment import ACCESS_KEY
from local.providers.refusals import Refusal

SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256"
LARGEST_SKEW = timedelta(minutes=15)  # that of the same scheme in App Configuration; none is documented here


def check_signature(method: str, target: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raise a `Refusal` with 401 unless the request is signed with the access key and its date is near `now`.

    `target` is the path with its query as on the request line; the header names in `headers` may have any case.
    """
    if not _is_recent(headers.get("x-ms-date", ""), now):
        raise Refusal(401, "Unauthorized", "The request date is missing or too far from now.")
    if headers.get("x-ms-content-sha256") != content_hash(body):
        raise Refusal(401, "Denied", "The content hash is not that of the body.")
    expected = authorization(method, target, headers["x-ms-date"], headers.get("host", ""), body)
    if not hmac.compare_digest(headers.get("authorization", "").encode(), expected.encode()):
        raise Refusal(401, "Unauthorized", "The signature is missing or wrong.")


def authorization(method: str, target: str, date: str, host: str, body: bytes) -> str:
    """The Authorization header of a request, `date` being its x-ms-date."""
    signed = f"{method}\n{target}\n{date};{host};{content_hash(body)}"
    digest = hmac.digest(base64.b64decode(ACCESS_KEY), signed.encode(), "sha256")
    return f"HMAC-SHA256 SignedHeaders={SIGNED_HEADERS}&Signature={base64.b64encode(digest).decode()}"


def content_hash(body: bytes) -> str:
    """The x-ms-content-sha256 of a body, the empty one too."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _is_recent(date: str, now: datetime) -> bool:
    try:
        return abs(parsedate_to_datetime(date) - now) <= LARGEST_SKEW
    except (TypeError, ValueError):  # not a date, or one without an offset
        return False
