"""An API key of our own: `lf_<id>_<secret>`. Only a hash of the secret is stored."""

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe

from domain.access.caller import Caller, Mode, Role

KEY = re.compile(r"lf_([a-z0-9]{1,32})_([A-Za-z0-9_-]{20,100})")


@dataclass(frozen=True)
class ApiKey:
    """`inherits` names the caller whose idempotency scope this key takes over; `function-key` has the empty one.

    `recipients`: the only addresses that a `team` key may write to. `digest` is the SHA-256 of the secret; the secret
    is drawn at random from 256 bits, so a slow hash would add nothing.
    """

    id: str
    name: str
    roles: tuple[Role, ...]
    digest: str = field(repr=False)
    created_at: datetime
    created_by: str
    expires_at: datetime
    mode: Mode = "live"
    recipients: tuple[str, ...] = field(default=(), repr=False)
    inherits: str | None = None
    requests_per_minute: int | None = None
    sends_per_minute: int | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    kind: str = "key"
    schema: int = 1

    def is_opened_by(self, secret: str) -> bool:
        return hmac.compare_digest(digest_of(secret), self.digest)


def draw_key() -> tuple[str, str]:
    """A new id and a new secret."""
    return token_hex(6), token_urlsafe(32)


def shown_key(key_id: str, secret: str) -> str:
    return f"lf_{key_id}_{secret}"


def parts_of(key: str) -> tuple[str, str] | None:
    """The id and the secret; None for what is no key of ours."""
    found = KEY.fullmatch(key)
    return (found[1], found[2]) if found else None


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def caller_of(key: ApiKey, recipients: tuple[str, ...]) -> Caller:
    """`recipients`: the digests of the addresses in the key."""
    owner = key.inherits or key.name
    return Caller(
        name=key.name,
        roles=frozenset(key.roles),
        mode=key.mode,
        scope="" if owner == "function-key" else owner,
        key_id=key.id,
        recipients=recipients,
        requests_per_minute=key.requests_per_minute,
        sends_per_minute=key.sends_per_minute,
    )
