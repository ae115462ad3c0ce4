"""Actions under way in the host's walk: what each waits for, and whether it is done."""

from dataclasses import dataclass
from typing import Any, Protocol

Action = dict[str, Any]


class Pending(Protocol):
    """`must_end`: it ends even if nobody raises another event. `has_failed`: a part of it has, or all of it."""

    @property
    def is_done(self) -> bool: ...
    @property
    def must_end(self) -> bool: ...
    @property
    def has_failed(self) -> bool: ...


@dataclass
class Task:
    """One thing that a later row of the history ends."""

    must_end: bool = True
    is_done: bool = False
    has_failed: bool = False


@dataclass
class AnyOf:
    children: list[Pending]

    @property
    def is_done(self) -> bool:
        return not self.children or any(child.is_done for child in self.children)

    @property
    def must_end(self) -> bool:
        return any(child.must_end for child in self.children)

    @property
    def has_failed(self) -> bool:
        return any(child.has_failed for child in self.children)


@dataclass
class AllOf:
    """Waits for every child, also after one has failed: the SDK goes on at once, the host does not."""

    children: list[Pending]

    @property
    def is_done(self) -> bool:
        return all(child.is_done for child in self.children)

    @property
    def must_end(self) -> bool:
        return all(child.is_done or child.must_end for child in self.children)

    @property
    def has_failed(self) -> bool:
        return any(child.has_failed for child in self.children)


@dataclass
class Retried:
    """A call with retries: the host alone schedules its pauses, each taking the next id at that moment.

    A last failure is followed by one more timer, due at once; without it the SDK never raises.
    """

    action: Action
    tries_left: int
    call: Task
    pause: Task | None = None
    is_done: bool = False
    has_failed: bool = False
    must_end: bool = True
