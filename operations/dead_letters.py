"""Dead letters of Event Grid: listing them, and delivering them again.

A dead letter is a JSON file with one event or several in an array, each with the delivery result added, which the app
ignores. The format is that of Microsoft's article "Dead letter and retry policies".
"""

import argparse
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from operations.webhook import Webhook, WebhookUnusable
from store.dead_letters import DeadLetters, Event, events_in, letters_in

KEY = "EVENTGRID_EXTENSION_KEY"

AT_ONCE = 16  # deliveries; each waits for the app most of its time


@dataclass(frozen=True)
class Replayed:
    """How many events were taken, and the files that stay since one of theirs was not."""

    events: int
    left: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.left

    def __str__(self) -> str:
        left = [f"Not taken, and still there: {name}" for name in self.left]
        return "\n".join([f"Events delivered: {self.events}", *left])


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    letters = commands.add_parser(
        "dead-letters", help="count what Event Grid gave up by reason, or deliver it once more and remove it"
    )
    letters.add_argument("source", help="the URL of the blob container, or a folder: .local/dead-letters")
    letters.add_argument("--to", metavar="URL", help=f"deliver to this app; its key for Event Grid is in {KEY}")
    letters.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Its exit status: 0 when no dead letter is left behind that was to be replayed."""
    letters = letters_in(chosen.source)
    if chosen.to is None:
        print(summary(letters))
        return 0
    try:
        replayed = replay(letters, Webhook(chosen.to, os.environ.get(KEY)))
    except WebhookUnusable as reason:
        print(f"{reason} No dead letter was removed that had not been taken.")
        return 1
    print(replayed)
    return 0 if replayed.is_whole else 1


def summary(letters: DeadLetters) -> str:
    """The number of events by type and reason. None of their contents."""
    files = [events_in(letters.read(name)) for name in letters.names()]
    counts = Counter(_kind(event) for events in files for event in events)
    if unreadable := files.count([]):
        counts["files that cannot be read"] = unreadable
    lines = [f"{count:>7}  {kind}" for kind, count in counts.most_common()]
    return "\n".join(lines) or "There are no dead letters."


def replay(letters: DeadLetters, webhook: Webhook) -> Replayed:
    """Deliver every event once more, and remove a file when all of its events were taken.

    Safe to repeat, and to run while Event Grid delivers: the app recognises what it has recorded. Raises
    `WebhookUnusable` when the app cannot be reached or does not let us in.
    """

    def taken(name: str) -> int | None:
        """How many events the file had; None when one of them was not taken, and it stays."""
        answers = [webhook.takes(event) for event in events_in(letters.read(name))]
        if not answers or not all(answers):
            return None
        letters.remove(name)
        return len(answers)

    names = list(letters.names())
    with ThreadPoolExecutor(AT_ONCE) as threads:
        counts = dict(zip(names, threads.map(taken, names), strict=True))
    return Replayed(sum(filter(None, counts.values())), tuple(name for name in names if counts[name] is None))


def _kind(event: Event) -> str:
    """Names are in camelCase in Event Grid's own schema, and in lower case in a CloudEvent."""
    told = {key.lower(): value for key, value in event.items()}
    kind = told.get("eventtype") or told.get("type")
    return f"{kind}: {told.get('deadletterreason')}, last {told.get('lastdeliveryoutcome')}"
