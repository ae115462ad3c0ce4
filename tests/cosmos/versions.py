"""What every item once was, and which of that a session may be shown."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain import clock
from tests.cosmos.requests import Key

LAG = timedelta(seconds=5)
"""So old a write is everywhere. In Azure that takes milliseconds, as a rule that nobody promises."""

Item = dict[str, Any] | None
"""None where there was none."""


@dataclass(frozen=True)
class Version:
    number: int
    at: datetime
    item: Item


@dataclass(frozen=True)
class Versions:
    """Writes are numbered through each container, which has one partition range: a session is the last number seen."""

    _of: dict[Key, list[Version]] = field(default_factory=lambda: defaultdict(list))
    _written: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: Key, item: Item) -> None:
        container = key[0]
        self._written[container] += 1
        self._of[key].append(Version(self._written[container], clock.now(), item))

    def newest(self, key: Key) -> Item:
        return self._of[key][-1].item if self._of[key] else None

    def oldest(self, key: Key, session: int) -> Item:
        """What a replica shows that has come as far as the session and the lag demand, and no further."""
        seen = [each for each in self._of[key] if each.number <= session or each.at <= clock.now() - LAG]
        return seen[-1].item if seen else None

    def session(self, container: str) -> int:
        return self._written[container]
