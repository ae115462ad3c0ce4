"""The keys of a function app, drawn once for each data directory."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.host.starting.cannot_start import CannotStart
from local.host.starting.json_file import read_json

FILE = "keys.json"


@dataclass(frozen=True)
class Keys:
    """The master key is valid for everything, each of the others for one part: functions, Event Grid's webhook,
    workflows.
    """

    master: str = field(repr=False)
    function: str = field(repr=False)
    event_grid: str = field(repr=False)
    durable: str = field(repr=False)

    def describe(self) -> list[str]:
        """For the terminal of whoever starts the host, and for no log."""
        return [
            f"function         {self.function}",
            f"durabletask      {self.durable}",
            f"eventgrid        {self.event_grid}",
            f"master           {self.master}",
        ]


def keys_of(data_directory: Path) -> Keys:
    """The keys of this directory, drawn when they are first asked for. Their file is its owner's alone to read.

    Raises `CannotStart` for a file that cannot be used.
    """
    file = data_directory / FILE
    if not file.exists():
        data_directory.mkdir(parents=True, exist_ok=True)
        keys = Keys(*(secrets.token_urlsafe(40) for _ in range(4)))
        write_for_owner(file, json.dumps(asdict(keys), indent=2))
    match read_json(file):
        case {"master": str(), "function": str(), "event_grid": str(), "durable": str(), **others} as kept if (
            not others
        ):
            return Keys(**kept)
    raise CannotStart(f"{file} does not hold the keys of a function app. Delete it, and new ones are drawn.")


def write_for_owner(file: Path, secret: str) -> None:
    """The whole file or none of it, which nobody else may read."""
    new = file.with_suffix(f".{os.getpid()}")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:  # noqa: PTH123  # the mode
        output.write(secret)
    new.replace(file)
