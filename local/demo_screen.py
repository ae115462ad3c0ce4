"""The output of the demo: timelines that grow, and a table at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from rich.box import SIMPLE
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from local.demo_stories import Json, Sighting, Story, effects_of, faults, is_over, new_sightings

COLOURS = {
    "timedOut": "yellow",
    "failed": "red",
    "delivered": "green",
    "bounced": "red",
    "read": "bold green",
    "undelivered": "bold red",
    "notSent": "bold red",
}


@dataclass
class Timeline:
    """One message as it is watched: what its GET said last, all that was seen on the way, and what went wrong."""

    story: Story
    message: Json | None = None
    sightings: list[Sighting] = field(default_factory=list)
    seconds: float = 0.0
    trouble: str = ""

    @property
    def is_over(self) -> bool:
        """Nothing more has to come."""
        return bool(self.trouble) or is_over(self.message)

    def grow(self, message: Json, seconds: float) -> list[Sighting]:
        """Take in what a GET answered, that long after the POST; returns what is new in it."""
        new = new_sightings(message, self.sightings, seconds)
        if not self.is_over:
            self.seconds = seconds
        self.message = message
        self.sightings += new
        return new


Tell = Callable[[Timeline, list[Sighting]], None]
"""Called with whatever is new in a timeline."""


@contextmanager
def watching(console: Console, timelines: list[Timeline]) -> Iterator[Tell]:
    """Show the timelines as they grow: drawn in place on a terminal, else a line for each change."""
    if console.is_terminal:
        with Live(get_renderable=lambda: drawn(timelines), console=console, refresh_per_second=10):
            yield lambda _timeline, _new: None  # the drawing looks for itself
    else:
        yield lambda timeline, new: _print_lines(console, timeline, new)


def drawn(timelines: list[Timeline]) -> Table:
    """All timelines as they are now."""
    table = Table(title="Messages on their way", box=SIMPLE, padding=0, expand=True)
    table.add_column("message", no_wrap=True)
    table.add_column("channel")
    table.add_column("seconds after the POST", ratio=1)
    for timeline in timelines:
        _draw(table, timeline)
    return table


def _draw(table: Table, timeline: Timeline) -> None:
    headings = [Text(timeline.story.title), _coloured(_status(timeline))]
    attempts = [list(steps) for _, steps in groupby(_by_attempt(timeline), lambda step: step.attempt)]
    for line in range(max(len(headings), len(attempts))):
        heading = headings[line] if line < len(headings) else Text()
        steps = attempts[line] if line < len(attempts) else []
        table.add_row(heading, *_cells(steps))
    table.add_section()


def _by_attempt(timeline: Timeline) -> list[Sighting]:
    return sorted(timeline.sightings, key=lambda sighting: sighting.attempt)  # stable: within one, as they were seen


def _cells(steps: list[Sighting]) -> list[str | Text]:
    if not steps:
        return ["", ""]
    trail = Text(" ").join(Text.assemble((f"{step.seconds:.1f} ", "dim"), _coloured(step.status)) for step in steps)
    if reason := steps[-1].reason:
        trail.append(f" {reason}", "dim")
    return [steps[0].channel, trail]


def _print_lines(console: Console, timeline: Timeline, new: list[Sighting]) -> None:
    for step in new:
        reason = f" ({step.reason})" if step.reason else ""
        line = f"{step.seconds:5.1f} s  {timeline.story.title}: {step.channel}, attempt {step.attempt}, {step.status}"
        console.print(line + reason, highlight=False)


def print_results(console: Console, timelines: list[Timeline], ledger: list[Json]) -> None:
    """The table at the end, and under it, in words, whatever did not come as it should."""
    table = Table(title="What became of them", box=SIMPLE, padding=0)  # narrow: 80 columns are enough
    for heading in ("message", "expected", "actual", "channel"):
        table.add_column(heading, no_wrap=True)
    for heading in ("attempts", "effects", "seconds"):
        table.add_column(heading, justify="right")
    for timeline in timelines:
        table.add_row(*_result(timeline, ledger))
    console.print(table)
    if any(timeline.story.outcome == "delivered" and _status(timeline) == "read" for timeline in timelines):
        console.print("Read is more than delivered: the customer opened the message, and WhatsApp said so.")
    for timeline in timelines:
        for fault in faults(timeline.story, timeline.message, ledger):
            console.print(f"{timeline.story.title}: {fault}", style="red", highlight=False, markup=False)
        if timeline.trouble:
            console.print(timeline.trouble, style="red", highlight=False, markup=False)


def _result(timeline: Timeline, ledger: list[Json]) -> list[str | Text]:
    message = timeline.message or {}
    return [
        timeline.story.title,
        timeline.story.outcome,
        _coloured(_status(timeline)),
        message.get("channel") or "",
        str(len(message.get("attempts", []))),
        str(len(effects_of(timeline.story, ledger))),
        f"{timeline.seconds:.1f}" if is_over(timeline.message) else "not over",
    ]


def _status(timeline: Timeline) -> str:
    return timeline.message["status"] if timeline.message else "posting"


def _coloured(status: str) -> Text:
    return Text(status, COLOURS.get(status, ""))
