"""What operators say about sending: pauses, and exceptions from the rules. One document: both are read together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal

from domain import clock
from domain.errors import Conflict, Stale
from domain.messages.rules import NEVER_RELEASED, Pause
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.documents import Documents
from store.rates import CONTROLS

SENDING = "sending"
COPY_SECONDS = 1.0
"""How long a worker uses the copy that it has read, counted from before the read. Real seconds: a pause counts from
then on everywhere, whatever the platform's clock does."""

CALL_SECONDS = 0.4
"""How much later a provider may still be called by that copy: the time that a permit takes."""

LISTED_AFTER = timedelta(days=30)
"""How long an exception that ran out, or a pause that ended by itself, is still listed."""


@dataclass(frozen=True)
class Exemption:
    """A rule is lifted for a while: a `country` may be written to, or a caller has no `rate`. Somebody owns it."""

    kind: Literal["country", "rate"]
    value: str
    owner: str
    reason: str
    by: str
    at: datetime
    until: datetime


@dataclass(frozen=True)
class Sending:
    """`released_at` only grows: with every pause that is lifted."""

    id: str = SENDING
    pauses: tuple[Pause, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    released_at: datetime = NEVER_RELEASED
    schema: int = 1

    def exempts(self, kind: str, now: datetime) -> frozenset[str]:
        return frozenset(it.value for it in self.exemptions if it.kind == kind and now < it.until)

    def with_pause(self, pause: Pause) -> "Sending":
        """Instead of an older one for the same scope."""
        return replace(self, pauses=(*(it for it in self.pauses if it.id != pause.id), pause))

    def without_pause(self, pause_id: str, now: datetime) -> "Sending":
        released_at = max(now, self.released_at + timedelta(microseconds=1))
        return replace(self, pauses=tuple(it for it in self.pauses if it.id != pause_id), released_at=released_at)

    def with_exemption(self, new: Exemption) -> "Sending":
        """Instead of an older one for the same."""
        others = (it for it in self.exemptions if (it.kind, it.value) != (new.kind, new.value))
        return replace(self, exemptions=(*others, new))

    def without_the_old(self, now: datetime) -> "Sending":
        """Without entries that ended long ago."""
        return replace(
            self,
            pauses=tuple(it for it in self.pauses if it.until is None or now < it.until + LISTED_AFTER),
            exemptions=tuple(it for it in self.exemptions if now < it.until + LISTED_AFTER),
        )


@dataclass
class Controls:
    """One for each worker. `good_until`: in monotonic seconds, when the copy that it used last has to be read again."""

    documents: Documents
    good_until: float = 0
    _copy: Sending | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def current(self) -> Sending:
        """As it was in the store at most `COPY_SECONDS` ago, whoever wrote it. Raises `StoreUnavailable`."""
        async with self._reading:  # one read for all who ask at the same time
            if self._copy is None or monotonic() >= self.good_until:
                asked_at = monotonic()
                stored = await self.documents.read(CONTROLS, SENDING, SENDING, newest=True)
                self._copy = from_document(Sending, stored.document) if stored else Sending()
                self.good_until = asked_at + COPY_SECONDS
            return self._copy

    async def change(self, change: Callable[[Sending], Sending]) -> Sending:
        """Read, change, write under the etag; what was written. This worker uses it immediately."""
        collisions = Collisions()
        while True:
            stored = await self.documents.read(CONTROLS, SENDING, SENDING, newest=True)
            before = from_document(Sending, stored.document) if stored else Sending()
            after = change(before)
            if after == before:
                return before
            after = after.without_the_old(clock.now())
            asked_at = monotonic()
            try:
                if stored is None:
                    await self.documents.create(CONTROLS, to_document(after))
                else:
                    await self.documents.replace(CONTROLS, to_document(after), stored.etag)
            except (Conflict, Stale):
                await collisions.pause()
                continue
            self._copy, self.good_until = after, asked_at + COPY_SECONDS
            return after
