"""How many requests and sends a caller may still make in this minute."""

from typing import Literal

from domain import clock
from domain.access.caller import Caller
from domain.errors import TooMany
from services import Services


async def count(services: Services, caller: Caller, what: Literal["requests", "sends"]) -> None:
    """Take one. Raises `TooMany`, and `StoreUnavailable`. Without a limit the store is not asked."""
    settings = services.settings
    own, usual = {
        "requests": (caller.requests_per_minute, settings.requests_per_minute),
        "sends": (caller.sends_per_minute, settings.sends_per_minute),
    }[what]
    limit = own or usual
    if limit is None:
        return
    wait = await services.rates.take(caller.name, what, limit)
    if wait is not None and caller.name not in (await services.controls.current()).exempts("rate", clock.now()):
        raise TooMany(what, wait)
