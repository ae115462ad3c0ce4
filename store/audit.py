"""Who changed what: entries that are only ever added. What callers wrote in them of a person goes with that person."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from domain import clock
from domain.messages.retention import at_least_a_second
from domain.serialization import from_document, to_document
from store.documents import Documents, every

AUDIT = "Audit"
WORDS = ("note", "source")
"""The details that callers write themselves."""

MOST_READ, MOST_DAYS = 1000, 31
"""Entries and days that one request reads. It may find fewer entries than asked for, and return where to continue."""


@dataclass(frozen=True)
class Entry:
    """`actor` did `action` to `target`. `day` is the partition. `details` are words of ours: no address and no text.

    `id` is drawn, since whoever calls may choose the id of their trace and could hide a change behind an earlier one.
    An entry is written before the change. It says that the caller was allowed to make the change and asked for it. If
    the store failed in between, the change may be missing, and the caller was answered 503.
    """

    id: str
    day: str
    at: datetime
    actor: str
    action: str
    target: str
    source: str | None = None
    request_id: str | None = None
    key_id: str | None = None
    details: dict[str, str] = field(default_factory=dict)
    schema: int = 1


@dataclass(frozen=True)
class Wanted:
    """A query of the audit."""

    first: datetime
    last: datetime
    actor: str | None = None
    action: str | None = None

    def has(self, entry: Entry) -> bool:
        return (
            self.first <= entry.at <= self.last
            and self.actor in (None, entry.actor)
            and self.action in (None, entry.action)
        )


@dataclass(frozen=True)
class Audit:
    documents: Documents
    keep: timedelta

    async def add(self, entry: Entry) -> None:
        await self.documents.create(AUDIT, to_document(entry), self.keep)

    async def about(self, target: str) -> list[Entry]:
        """Every entry about a target."""
        return [from_document(Entry, each) async for each in every(self.documents, AUDIT, {"target": target})]

    async def forget_words(self, *targets: str) -> None:
        """Take the words of callers out of the entries about these targets, who are erased. Safe to repeat."""
        for target in targets:
            for entry in await self.about(target):
                details = {name: value for name, value in entry.details.items() if name not in WORDS}
                if details != entry.details:
                    kept = at_least_a_second(entry.at + self.keep - clock.now())
                    await self.documents.upsert(AUDIT, to_document(replace(entry, details=details)), kept)

    async def page(self, wanted: Wanted, top: int, after: str | None) -> tuple[list[Entry], str | None]:
        """Entries, the newest first, and where to go on. Raises `ValueError` for an `after` that is not ours."""
        day, _, continuation = after.partition("~") if after else ("", "", "")
        days = [each for each in _days_back(wanted) if not day or each <= day]
        if day and (not days or days[0] != day):
            raise ValueError("is not ours")
        found: list[Entry] = []
        read, position = 0, continuation or None
        for number, each in enumerate(days, 1):
            while True:
                page = await self.documents.query(
                    AUDIT, each, "at", descending=True, top=top - len(found), continuation=position
                )
                entries = [from_document(Entry, document) for document in page.documents]
                found += [entry for entry in entries if wanted.has(entry)]
                read, position = read + len(entries), page.continuation
                if position and (len(found) >= top or read >= MOST_READ):
                    return found, f"{each}~{position}"
                if not position:
                    break
            if len(found) >= top or read >= MOST_READ or number >= MOST_DAYS:
                following = next((it for it in days if it < each), None)
                return found, f"{following}~" if following else None
        return found, None


def day_of(moment: datetime) -> str:
    return clock.to_text(moment)[:10]


def _days_back(wanted: Wanted) -> Iterator[str]:
    day, first = date.fromisoformat(day_of(wanted.last)), date.fromisoformat(day_of(wanted.first))
    while day >= first:
        yield day.isoformat()
        day -= timedelta(days=1)
