"""The stored state of timers: when each ran last, in the file `timers.json`."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local.host.starting.cannot_start import CannotStart
from local.host.starting.json_file import read_json

NEVER = "0001-01-01T00:00:00+00:00"
"""What Azure says of a timer that has not run yet."""


@dataclass(frozen=True)
class Status:
    """`last`: when the last run began, None before the first; `next`: when the next is due, as seen at `updated`."""

    last: datetime | None
    next: datetime
    updated: datetime

    def to_json(self) -> dict[str, str]:
        """As a function finds it in its `TimerRequest.schedule_status`."""
        last = self.last.isoformat() if self.last else NEVER
        return {"Last": last, "Next": self.next.isoformat(), "LastUpdated": self.updated.isoformat()}

    @classmethod
    def from_json(cls, kept: dict[str, str]) -> "Status":
        last = None if kept["Last"] == NEVER else datetime.fromisoformat(kept["Last"])
        return cls(last, datetime.fromisoformat(kept["Next"]), datetime.fromisoformat(kept["LastUpdated"]))


class TimerStatuses:
    """The statuses of one data directory, by the name of the function.

    Raises `CannotStart` for a file that is broken.
    """

    def __init__(self, data_directory: Path) -> None:
        self._file = data_directory / "timers.json"
        self._kept = _read(self._file)

    def read(self, name: str) -> Status | None:
        return Status.from_json(self._kept[name]) if name in self._kept else None

    def write(self, name: str, status: Status) -> None:
        """A crash of the process leaves the old file or the new one, never half of it.

        There is no sync: in virtual time the clock ticks a thousand times a second. A power cut may empty the file.
        """
        self._kept[name] = status.to_json()
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._kept, indent=2))
        new.replace(self._file)


def _read(file: Path) -> dict[str, dict[str, str]]:
    """Nothing, when there is no file or a power cut has emptied it: then no timer has run yet."""
    if not file.exists() or (file.is_file() and not file.read_bytes().strip(b"\0")):
        return {}
    kept = read_json(file)
    try:
        return {name: Status.from_json(status).to_json() for name, status in kept.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CannotStart(f"{file} does not hold times of timers. Delete it, and they start again.") from None
