"""How the Durable Functions host interprets an orchestrator's answer: a pure function of history and actions.

The SDK runs the generator from its start at every turn and answers with the whole list of actions it ever asked for.
The host then walks that list against the same history, and begins an action only when the one before it is done. Both
number what they schedule by the same rule, and no number is on the wire. Where the two disagree, a workflow hangs or
fails in Azure. A more tolerant walk would hide that, so this one is as strict, and reports it.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from local.durable.api.http_calls import HTTP_ACTIVITY
from local.durable.execution.history import EventType, Row, from_text
from local.durable.execution.pending import Action, AllOf, AnyOf, Pending, Retried, Task


class ActionType(IntEnum):
    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    WHEN_ANY = 11
    WHEN_ALL = 12


class NonDeterministic(Exception):
    """The history holds something that this run of the orchestrator did not ask for."""


class NotSupported(Exception):
    """An action that exists in Azure and is not built here."""


@dataclass(frozen=True)
class Decision:
    """Something to schedule: the history row it becomes, and the action behind it. `due` is for timers."""

    row: EventType
    action: Action
    due: datetime | None = None


@dataclass(frozen=True)
class Replayed:
    """How a turn ends.

    `decisions` are new and in the order of their ids. `is_finished`: the whole list was walked and nothing scheduled is
    open, so the instance may complete. `next_id` is the first id not in use. `continued_at` is the index of the row at
    which `continue_as_new` was reached. `warning` says how the workflow would hang or linger in Azure.
    """

    decisions: dict[int, Decision]
    is_finished: bool
    next_id: int
    cancelled_timers: frozenset[int] = frozenset()
    continued_with: Action | None = None
    continued_at: int | None = None
    warning: str | None = None


def replay(actions: list[Action], history: list[Row], *, is_done: bool) -> Replayed:
    """Walk the actions against the whole history, which ends with the messages of this turn.

    `is_done` is what the SDK says of itself. Raises `NonDeterministic` and `NotSupported`.
    """
    return Walk(actions).through(history).replayed(is_done)


def steps_to_repeat(actions: list[Action], history: list[Row]) -> frozenset[int]:
    """The ids that a rewound workflow uses again: what failed in its last step, and whatever is open.

    A step with retries starts again as a whole, but for those of its calls that succeeded at once.
    """
    try:
        walk = Walk(actions).through(history)
    except NonDeterministic:
        return frozenset()
    return frozenset(walk.open) | (walk.failed_ids() if walk.has_failed else frozenset())


@dataclass
class Walk:
    """The host's place in the list of actions while the history is fed to it, row by row."""

    actions: list[Action]
    next_id: int = 0
    open: dict[int, Task] = field(default_factory=dict)
    unwritten: dict[int, Decision] = field(default_factory=dict)
    cancelled_timers: set[int] = field(default_factory=set)
    continued_with: Action | None = None
    continued_at: int | None = None
    _now: datetime | None = None
    _fed: int = 0
    _begun: int = 0
    _current: Pending | None = None
    _current_ids: range = range(0)
    _failed_ids: set[int] = field(default_factory=set)
    _waits: dict[str, list[Task]] = field(default_factory=dict)
    _unclaimed: Counter[str] = field(default_factory=Counter)
    _answers: dict[int, Task] = field(default_factory=dict)
    _retried: list[Retried] = field(default_factory=list)
    _has_retried: bool = False

    @property
    def has_ended(self) -> bool:
        return self._current is not None and self._current.is_done and self._begun == len(self.actions)

    @property
    def has_failed(self) -> bool:
        """So has the last step, at least in part."""
        return self._current is not None and self._current.has_failed

    def failed_ids(self) -> frozenset[int]:
        """Of the last step: those that failed, and those that its retries took."""
        repeated = range(self._current_ids.stop, self.next_id)
        return frozenset((self._failed_ids & set(self._current_ids)) | set(repeated))

    def goes_on_with(self, actions: list[Action]) -> bool:
        """Take a longer list; False if the walk would have differed with it, and has to start again.

        So it is when an action has changed (a timer that is now cancelled), and when the last one of the old list was
        done: then the new ones would have begun at an earlier row.
        """
        if self._current is None or self._current.is_done or actions[: len(self.actions)] != self.actions:
            return False
        self.actions = actions
        return True

    def through(self, rows: list[Row]) -> "Walk":
        """Go on through these rows of the history."""
        for entry in rows:
            self.feed(entry)
        return self

    def replayed(self, is_done: bool) -> Replayed:
        return Replayed(
            decisions=dict(sorted(self.unwritten.items())),
            is_finished=self.has_ended and not self.open,
            next_id=self.next_id,
            cancelled_timers=frozenset(self.cancelled_timers),
            continued_with=self.continued_with,
            continued_at=self.continued_at,
            warning=self.warning(is_done),
        )

    def feed(self, entry: Row) -> None:
        """Apply one row, then begin whatever may begin now."""
        match entry["EventType"]:
            case EventType.ORCHESTRATOR_STARTED:
                self._now = from_text(entry["Timestamp"])
            case EventType.EXECUTION_STARTED:
                self._current = Task(is_done=True)
            case EventType.TASK_SCHEDULED | EventType.SUB_ORCHESTRATION_CREATED | EventType.TIMER_CREATED:
                self._match(entry)
            case EventType.EVENT_SENT:
                self._match(entry)
                self._await_answer(entry)
            case EventType.TASK_COMPLETED | EventType.SUB_ORCHESTRATION_COMPLETED:
                self._end(entry["TaskScheduledId"])
            case EventType.TASK_FAILED | EventType.SUB_ORCHESTRATION_FAILED:
                self._end(entry["TaskScheduledId"], failed=True)
            case EventType.TIMER_FIRED:
                self._end(entry["TimerId"])
            case EventType.EVENT_RAISED:
                self._raise(entry["Name"])
        self._advance()
        self._fed += 1

    def warning(self, is_done: bool) -> str | None:
        """A warning about behaviour that is hard to find out in Azure, or None."""
        if self._current is None:
            return None
        if self.has_ended:
            return self._warning_at_the_end(is_done)
        if not is_done and self._begun == len(self.actions):
            return None
        if self._current.must_end:
            return self._warning_of_delay(self._current)
        names = ", ".join(_event_names(self.actions[self._begun - 1]))
        return (
            f"hangs: the orchestrator went on, but the host still waits for an event {names} (action {self._begun} "
            "of its list), and begins nothing before"
        )

    def _warning_of_delay(self, current: Pending) -> str | None:
        if isinstance(current, AllOf) and current.has_failed:
            return (
                "starts late: a task of a task_all has failed and the orchestrator went on, but the host begins "
                "nothing before all its siblings have ended"
            )
        return None

    def _warning_at_the_end(self, is_done: bool) -> str | None:
        if is_done and self.open:
            return f"lingers: the orchestrator is done, but stays Running until calls and timers {[*self.open]} end"
        if is_done or self.open or any(self._waits.values()):
            return None
        return "hangs: the orchestrator waits for something that was never scheduled, or for a name in another case"

    def _advance(self) -> None:
        for retried in self._retried:
            self._retry(retried)
        if self._retried:
            self._retried = [retried for retried in self._retried if not retried.is_done]
        while self._current is not None and self._current.is_done and self._begun < len(self.actions):
            self._begun += 1
            first = self.next_id
            self._current = self._begin(self.actions[self._begun - 1])
            self._current_ids = range(first, self.next_id)

    def _begin(self, action: Action) -> Pending:
        match action["actionType"]:
            case ActionType.CALL_ACTIVITY | ActionType.CALL_HTTP:
                return self._schedule(Decision(EventType.TASK_SCHEDULED, action))
            case ActionType.CALL_SUB_ORCHESTRATOR:
                return self._schedule(Decision(EventType.SUB_ORCHESTRATION_CREATED, action))
            case ActionType.CALL_ACTIVITY_WITH_RETRY | ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY:
                return self._begin_retried(action)
            case ActionType.CREATE_TIMER:
                return self._begin_timer(action)
            case ActionType.WAIT_FOR_EXTERNAL_EVENT:
                return self._begin_wait(action["externalEventName"])
            case ActionType.CALL_ENTITY:
                return self._begin_entity_call(action)
            case ActionType.SIGNAL_ENTITY:
                self._number(Decision(EventType.EVENT_SENT, action))
                return Task(is_done=True)
            case ActionType.CONTINUE_AS_NEW:
                self.continued_with, self.continued_at = action, self._fed
                return Task(is_done=True)
            case ActionType.WHEN_ANY:
                return AnyOf([self._begin(child) for child in action["compoundActions"]])
            case ActionType.WHEN_ALL:
                return AllOf([self._begin(child) for child in action["compoundActions"]])
            case other:
                raise NotSupported(f"The local durable engine does not know the action type {other}.")

    def _number(self, decision: Decision) -> int:
        number, self.next_id = self.next_id, self.next_id + 1
        self.unwritten[number] = decision
        return number

    def _schedule(self, decision: Decision) -> Task:
        number = self._number(decision)
        self.open[number] = Task()
        return self.open[number]

    def _begin_timer(self, action: Action) -> Task:
        decision = Decision(EventType.TIMER_CREATED, action, due=from_text(action["fireAt"]))
        if not action["isCanceled"]:
            return self._schedule(decision)
        self.cancelled_timers.add(self._number(decision))  # its row is still written, and its firing ignored
        return Task(is_done=True)

    def _begin_wait(self, name: str) -> Task:
        """The host ignores the case of event names, the SDK does not."""
        key = name.lower()
        if self._unclaimed[key]:
            self._unclaimed[key] -= 1
            return Task(is_done=True)
        wait = Task(must_end=False)
        self._waits.setdefault(key, []).append(wait)
        return wait

    def _begin_entity_call(self, action: Action) -> Task:
        """The answer is an event; its name is the request's id, which is known from the row that was written."""
        answer = Task()
        self._answers[self._number(Decision(EventType.EVENT_SENT, action))] = answer
        return answer

    def _await_answer(self, entry: Row) -> None:
        if answer := self._answers.pop(entry["EventId"], None):
            self._waits.setdefault(json.loads(entry["Input"])["id"], []).append(answer)

    def _begin_retried(self, action: Action) -> Retried:
        tries = action["retryOptions"]["maxNumberOfAttempts"]
        retried = Retried(action, tries_left=tries, call=self._try(action))
        self._retried.append(retried)
        self._has_retried = True
        return retried

    def _try(self, action: Action) -> Task:
        once = ActionType(action["actionType"] - 1)
        return self._begin({**action, "actionType": once})  # type: ignore[return-value]  # both begin one task

    def _retry(self, retried: Retried) -> None:
        """Take the next step of a call with retries, if what it waited for has ended."""
        if retried.is_done or not retried.call.is_done:
            return
        if not retried.call.has_failed:
            retried.is_done = True
        elif retried.pause is None:
            retried.tries_left -= 1
            retried.pause = self._schedule(Decision(EventType.TIMER_CREATED, retried.action, self._retry_at(retried)))
        elif retried.pause.is_done and retried.tries_left:
            retried.pause, retried.call = None, self._try(retried.action)
        elif retried.pause.is_done:
            retried.is_done = retried.has_failed = True

    def _retry_at(self, retried: Retried) -> datetime | None:
        if self._now is None or not retried.tries_left:
            return self._now
        interval = retried.action["retryOptions"]["firstRetryIntervalInMilliseconds"]
        return self._now + timedelta(milliseconds=interval)

    def _match(self, entry: Row) -> None:
        decision = self.unwritten.pop(entry["EventId"], None)
        if decision is None or decision.row != entry["EventType"] or not _same_name(decision, entry):
            kind = EventType(entry["EventType"]).name
            raise NonDeterministic(
                f"Non-deterministic workflow: an earlier turn wrote {kind} with id {entry['EventId']} and name "
                f"{entry.get('Name')!r}, which this run of the orchestrator has not asked for (yet).{self._hint()}"
            )

    def _hint(self) -> str:
        """Why a workflow can fail this way without a change of its code, in Azure as here."""
        if not self._has_retried:
            return ""
        return (
            " A call with retries may be the cause: raced against something that is cancelled, its pauses lose their "
            "numbers to later work. Yield calls with retries alone."
        )

    def _end(self, number: int, *, failed: bool = False) -> None:
        """The first end of an id counts; one that is not open is ignored."""
        if task := self.open.pop(number, None):
            task.is_done, task.has_failed = True, failed
            if failed:
                self._failed_ids.add(number)

    def _raise(self, name: str) -> None:
        """The newest wait of a name gets the event; without one it is kept."""
        if waits := self._waits.get(name.lower()):
            waits.pop().is_done = True
        else:
            self._unclaimed[name.lower()] += 1


def _same_name(decision: Decision, entry: Row) -> bool:
    if decision.row not in (EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_CREATED):
        return True
    name = str(decision.action.get("functionName", HTTP_ACTIVITY))
    return name.lower() == str(entry["Name"]).lower()


def _event_names(action: Action) -> list[str]:
    if "externalEventName" in action:
        return [repr(action["externalEventName"])]
    return [name for child in action.get("compoundActions", []) for name in _event_names(child)]
