"""A customer: contact points, preferences, and what we learnt of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.customers.addresses import is_same, normalised, one_spelling
from domain.customers.consent import ALL, Statement, key_of, last_word, with_statement
from domain.customers.contact_window import Window, latest
from domain.customers.hours import QuietHours
from domain.identities import digest
from domain.serialization import from_document, to_document
from domain.traits import window_of

MOST_WINDOWS = 10
PUT_ON_FILE = (
    "contact_points", "other_contact_points", "locale", "time_zone", "channels", "quiet_hours", "preferred_hours",
    "tags", "attributes",
)  # fmt: skip
"""What a company says of a customer. The rest is learnt."""

ANY_NUMBER = ""
"""In place of a number where a reply does not name it, but WhatsApp's own id of the person."""


@dataclass(frozen=True)
class Customer:
    """A customer as the company put it on file. `id` is the digest of the caller's own id, `external_id`.
    `contact_points` has the preferred address for each channel, `other_contact_points` further ones, which are not
    written to.

    The other fields are what we have learnt: when the customer last wrote, by channel, and the windows of their
    WhatsApp numbers, by a digest of the number; what they agreed to, by `<channel>/<topic>`, and when they last wrote
    STOP and START, or something that may mean STOP; when they were last sent marketing. Customers who are not
    on file have these only. `window_closed_at` is from a version with one window for all numbers of a customer; it
    counts until something newer is learnt. Of an erased customer only `erased_at` is left, which refuses them, and
    `erased_by`, the id of the erasure.
    """

    id: str
    external_id: str = field(repr=False)
    contact_points: dict[str, str] = field(default_factory=dict, repr=False)
    other_contact_points: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    locale: str | None = None
    time_zone: str | None = None
    channels: tuple[str, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    preferred_hours: tuple[QuietHours, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict, repr=False)
    updated_at: datetime | None = None
    last_inbound_at: dict[str, datetime] = field(default_factory=dict)
    window_closed_at: datetime | None = None
    windows: dict[str, Window] = field(default_factory=dict)
    stopped_at: datetime | None = None
    started_at: datetime | None = None
    unclear_at: datetime | None = None
    consents: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    sends: dict[str, datetime] = field(default_factory=dict)
    is_on_file: bool = True
    erased_at: datetime | None = None
    erased_by: str | None = None
    schema: int = 1

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Customer":
        return from_document(cls, document)

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = to_document(self)
        return document

    def learnt(self, known: "Customer") -> "Customer":
        """This customer as the company puts it on file, with what we have learnt of them."""
        return replace(
            self,
            last_inbound_at=known.last_inbound_at,
            window_closed_at=known.window_closed_at,
            windows=known.windows,
            stopped_at=known.stopped_at,
            started_at=known.started_at,
            unclear_at=known.unclear_at,
            consents=known.consents,
            sends=known.sends,
        )

    @property
    def addresses(self) -> Iterator[tuple[str, str]]:
        """Every channel and address at which the company says that the customer is reached, each spelling once."""
        seen = set()
        others = [(channel, each) for channel, more in self.other_contact_points.items() for each in more]
        for channel, address in [*self.contact_points.items(), *others]:
            if (key := (channel, normalised(channel, address))) not in seen:
                seen.add(key)
                yield channel, address

    @property
    def version(self) -> str | None:
        """Stands for what the company put on file, and changes with it; None for who is not on file."""
        if not self.is_on_file:
            return None
        told = {name: to_document(getattr(self, name)) for name in PUT_ON_FILE}
        return digest(json.dumps(told, sort_keys=True))

    @property
    def has_stopped(self) -> bool:
        """Whether STOP was their last word: it withdraws all consents to marketing, on whatever channel."""
        return self.stopped_at is not None and (self.started_at is None or self.stopped_at >= self.started_at)

    @property
    def is_unclear(self) -> bool:
        """Whether they wrote something that may be meant as STOP, and have said nothing clear since."""
        decided = (each.at for said in self.consents.values() for each in said if each.kind != "pending")
        last = latest(self.stopped_at, self.started_at, *decided)
        return self.unclear_at is not None and (last is None or last <= self.unclear_at)

    def having_written_unclearly(self, at: datetime) -> "Customer":
        return replace(self, unclear_at=latest(self.unclear_at, at))

    def has_agreed(self, channel: str, topic: str) -> bool | None:
        """Whether they want marketing about this topic on this channel; None if they never said.

        The last word counts: about this topic, about all topics, or a STOP.
        """
        said = last_word(self.consents, channel, topic, ALL)
        if self.has_stopped and self.stopped_at and (said is None or said.at <= self.stopped_at):
            return False
        return said.kind == "granted" if said else None

    def has_declined(self, channel: str, topic: str) -> bool:
        """Whether they want no message about this very topic on this channel."""
        said = last_word(self.consents, channel, topic)
        return said is not None and said.kind == "withdrawn"

    def is_asked(self, channel: str, topic: str) -> bool:
        """Whether it is waited for that they confirm it: nothing else was said since."""
        said = self.consents.get(key_of(channel, topic), ())
        if not said or said[-1].kind != "pending":
            return False
        last = last_word(self.consents, channel, topic, ALL)
        decided_at = latest(last.at if last else None, self.stopped_at)
        return decided_at is None or decided_at < said[-1].at

    def stating(self, channel: str, topic: str, statement: Statement) -> "Customer":
        """With one more statement. A "no" that is said now comes after all that is known, whichever clock is ahead."""
        last = last_word(self.consents, channel, topic, ALL)
        if last and statement.is_no_of_now and last.at > statement.at:
            statement = replace(statement, at=last.at)
        return replace(self, consents=with_statement(self.consents, channel, topic, statement))

    def having_said(self, stopped_at: datetime | None, started_at: datetime | None) -> "Customer":
        """With a STOP or a START. Of each the latest counts, whatever the order."""
        return replace(
            self,
            stopped_at=latest(self.stopped_at, stopped_at),
            started_at=latest(self.started_at, started_at),
        )

    def lists(self, channel: str, address: str) -> bool:
        """Whether the company says that the customer is reached there."""
        return any(it == channel and is_same(channel, own, address) for it, own in self.addresses)

    def window_is_closed(self, channel: str, address: str, now: datetime) -> bool:
        """Whether we know that the channel refuses free text to this address."""
        lasts = window_of(channel)
        if lasts is None:
            return False
        if not self.windows:
            return Window(self.last_inbound_at.get(channel), self.window_closed_at).is_closed(lasts, now)
        own, anys = self.windows.get(_key(channel, address), Window()), self.windows.get(ANY_NUMBER, Window())
        return own.joined(anys).is_closed(lasts, now)

    def having_written(self, channel: str, at: datetime, sender: str = "") -> "Customer":
        """`sender` is the address that it came from, in any spelling, or WhatsApp's own id of the customer."""
        last = max(at, self.last_inbound_at.get(channel, at))
        known = replace(self, last_inbound_at={**self.last_inbound_at, channel: last})
        return known._learning(_key(channel, sender), Window(wrote_at=at)) if window_of(channel) else known

    def being_outside_window(self, channel: str, address: str, at: datetime) -> "Customer":
        return self._learning(_key(channel, address), Window(refused_at=at))

    def _learning(self, key: str, news: Window) -> "Customer":
        windows = {**self.windows, key: self.windows.get(key, Window()).joined(news)}
        last_ones = sorted(windows.items(), key=lambda each: each[1].learnt_at, reverse=True)
        return replace(self, windows=dict(last_ones[:MOST_WINDOWS]))


def _key(channel: str, number: str) -> str:
    spelling = one_spelling(channel, number)
    return digest(spelling) if spelling.isdecimal() else ANY_NUMBER
