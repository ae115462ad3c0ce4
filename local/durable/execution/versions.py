"""Which versions of workflows a worker takes: `defaultVersion` and the two strategies of host.json.

As DurableTask.Core's dispatcher has it: the version of a workflow is compared before each of its turns, and
"CurrentOrOlder" is the default even where there is no `defaultVersion`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_DOTTED = re.compile(r"\d+(\.\d+){1,3}", re.ASCII)
"""What .NET reads as a version; a number alone is none, and so compared as text."""


class Match(StrEnum):
    """`versionMatchStrategy`."""

    NONE = "None"
    STRICT = "Strict"
    CURRENT_OR_OLDER = "CurrentOrOlder"


class OnMismatch(StrEnum):
    """`versionFailureStrategy`: leave the workflow to another worker, or fail it."""

    REJECT = "Reject"
    FAIL = "Fail"


@dataclass(frozen=True)
class Versions:
    """`default` is given to workflows that are started without a version, and is the worker's own."""

    default: str | None = None
    match: Match = Match.CURRENT_OR_OLDER
    on_mismatch: OnMismatch = OnMismatch.REJECT

    def takes(self, version: str | None) -> bool:
        match self.match:
            case Match.NONE:
                return True
            case Match.STRICT:
                return (version or "") == (self.default or "")
            case Match.CURRENT_OR_OLDER:
                return _is_current_or_older(version or "", self.default or "")


def _is_current_or_older(version: str, current: str) -> bool:
    """No version is older than any."""
    if _DOTTED.fullmatch(version) and _DOTTED.fullmatch(current):
        return _parts(version) <= _parts(current)
    return version.lower() <= current.lower()


def _parts(version: str) -> list[int]:
    """A part that is missing counts less than 0: 1.0 is older than 1.0.0. Lists compare so by themselves."""
    return [int(part) for part in version.split(".")]
