"""The caller of a request: their roles and limits."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Role = Literal["sender", "reader", "agent", "marketer", "approver", "operator", "privacy", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

Mode = Literal["live", "team", "test"]
"""`team`: only listed recipients are written to. `test`: no provider is called, and the outcome is simulated."""


@dataclass(frozen=True)
class Caller:
    """`name` is used in the audit and for rates. Two API keys with one name are one caller.

    `scope` is where the caller's `Idempotency-Key`s are unique; the empty scope is that of callers without a name of
    their own. `key_id` names the API key that was shown. `recipients` are the digests of the addresses that a `team`
    key may write to. Rates are per minute, None for no limit. `is_browser`: a cookie, not a key, says who this is.
    """

    name: str
    roles: frozenset[str]
    mode: Mode = "live"
    scope: str = ""
    key_id: str | None = None
    recipients: tuple[str, ...] = field(default=(), repr=False)
    requests_per_minute: int | None = None
    sends_per_minute: int | None = None
    is_browser: bool = False

    @property
    def sees_people(self) -> bool:
        """Whether the caller is shown addresses and texts; others get addresses masked and no texts."""
        return bool(self.roles & {"agent", "privacy"})


FUNCTION_KEY = Caller("function-key", frozenset(ROLES))
"""With ACCESS=keys: everybody with a function key, which the Functions host checks. One caller with every role."""

ANYBODY = Caller("anybody", frozenset())
"""The caller of a public route."""
