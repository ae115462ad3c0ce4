"""A cache of recent runs, so that their history need not be read and walked again.

The file has everything. The cache only saves time, and an entry is dropped whenever it might be outdated.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass

from local.durable.execution.history import Row
from local.durable.execution.pending import Action
from local.durable.execution.replay import Walk

MOST_CHARACTERS = 16 * 1024 * 1024
MOST_RUNS = 1024


@dataclass(frozen=True)
class Past:
    """A run's committed history: `count` rows as JSON text with commas between, and the walk through them, if kept."""

    text: str = ""
    count: int = 0
    walk: Walk | None = None

    @classmethod
    def of(cls, rows: list[str]) -> "Past":
        return cls(",".join(rows), len(rows))

    def rows(self) -> list[Row]:
        rows: list[Row] = json.loads(f"[{self.text}]")
        return rows

    def walk_with(self, actions: list[Action]) -> Walk:
        """The walk through all rows with this list of actions. To be used once: it goes on with the turn."""
        if self.walk is not None and self.walk.goes_on_with(actions):
            return self.walk
        return Walk(actions).through(self.rows())

    def then(self, rows: list[str], walk: Walk | None) -> "Past":
        """With the rows of one more turn, through which the walk has gone."""
        return Past(",".join([self.text, *rows] if self.text else rows), self.count + len(rows), walk)


class Recall:
    """The pasts of the runs that had a turn last. A past is given out once, since its walk goes on."""

    def __init__(self) -> None:
        self._pasts: OrderedDict[tuple[str, str], Past] = OrderedDict()
        self._characters = 0

    def take(self, instance_id: str, execution_id: str) -> Past | None:
        past = self._pasts.pop((instance_id, execution_id), None)
        if past is not None:
            self._characters -= len(past.text)
        return past

    def keep(self, instance_id: str, execution_id: str, past: Past) -> None:
        """To be called when the turn is on the disk."""
        self._pasts[instance_id, execution_id] = past
        self._characters += len(past.text)
        while self._characters > MOST_CHARACTERS or len(self._pasts) > MOST_RUNS:
            _, forgotten = self._pasts.popitem(last=False)
            self._characters -= len(forgotten.text)
