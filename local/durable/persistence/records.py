"""The engine's records: workflows, letters, work, and the changes of one turn or batch."""

import json
from dataclasses import dataclass, field
from functools import cached_property

from local.durable.execution.history import Row
from local.durable.execution.recall import Past

LIVE = ("Pending", "Running", "Suspended", "ContinuedAsNew")


@dataclass(frozen=True)
class Parent:
    """Who called a sub-orchestration, and under which id it waits for the answer."""

    instance_id: str
    execution_id: str
    task_id: int


@dataclass(frozen=True)
class Instance:
    """A workflow as of its last turn. `input`, `output` and `custom_status` are JSON; a reason may be plain text.

    Times are texts as in the history. `status` is a runtimeStatus of the management API. `warning` says what its last
    turn would have come to in Azure.
    """

    id: str
    execution_id: str
    name: str
    version: str | None
    status: str
    input: str | None
    output: str | None
    custom_status: str | None
    created_at: str
    updated_at: str
    parent: Parent | None = None
    warning: str | None = None

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


@dataclass(frozen=True)
class Letter:
    """A message to a workflow or an entity. `body` is a history row or an entity's request, as JSON.

    One with an `execution_id` is for that run alone: a workflow that was continued as new, or started again under
    the same id, never sees it.
    """

    target: str
    body: str
    execution_id: str | None = None
    sequence: int = 0

    @cached_property
    def content(self) -> Row:
        """What the body says."""
        content: Row = json.loads(self.body)
        return content


@dataclass(frozen=True)
class Activity:
    """One call of an activity that is to be made, at least once. `input` is JSON text.

    `crashes` counts the processes that ended while they made it.
    """

    instance_id: str
    execution_id: str
    task_id: int
    name: str
    input: str
    crashes: int = 0
    sequence: int = 0


@dataclass(frozen=True)
class Timer:
    instance_id: str
    execution_id: str
    timer_id: int
    due_at: str


@dataclass(frozen=True)
class Child:
    """A sub-orchestration to start. `refusal` goes to the parent if a live instance has its id.

    `is_rewound`: if it has run and failed, it is rewound instead.
    """

    instance: Instance
    letter: Letter
    refusal: Letter
    is_rewound: bool = False


@dataclass(frozen=True)
class Turn:
    """All that one turn of a workflow changes, committed together. `rows` are appended to the history.

    `position` is the number of the first row. 0 is a history that starts again: a first turn, continue-as-new, rewind.
    `past` is what the next turn needs of this one and those before, unless this was the last.
    """

    instance: Instance
    consumed: list[int]
    rows: list[str]
    position: int
    letters: list[Letter] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    cancelled_timers: frozenset[int] = frozenset()
    children: list[Child] = field(default_factory=list)
    past: Past | None = None

    @property
    def is_fresh(self) -> bool:
        return self.position == 0


@dataclass(frozen=True)
class EntityBatch:
    """All that one batch of an entity changes. `state` is JSON text; None removes the entity."""

    target: str
    state: str | None
    consumed: list[int]
    answers: list[Letter]


@dataclass(frozen=True)
class Committed:
    """What has work after a transaction: targets of letters, and sequences of activities."""

    targets: list[str]
    activities: list[int]
