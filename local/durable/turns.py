"""One turn of a workflow: letters in, the orchestrator asked, everything that changes out.

Nothing here reads or writes the file, so a turn that is never committed has not happened.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from local.durable.functions import FunctionFailed, Functions, does_not_exist
from local.durable.history import EventType, Row, compact, row, to_text
from local.durable.pending import Action
from local.durable.records import Activity, Child, Instance, Letter, Parent, Timer, Turn
from local.durable.replay import NonDeterministic, NotSupported, Replayed, replay
from local.durable.rewind import rewound
from local.durable.runs import after, new_run
from local.durable.scheduling import Work, WorkflowFailed, schedule

OUT_OF_PROCESS = "\n\n$OutOfProcData$:"
"""Between the message and the state in what the SDK raises for a failed orchestrator."""

LARGEST_CUSTOM_STATUS_KIB = 16
STATUS_NUMBERS = {
    "Running": 0,
    "Completed": 1,
    "ContinuedAsNew": 2,
    "Failed": 3,
    "Canceled": 4,
    "Terminated": 5,
    "Pending": 6,
    "Suspended": 7,
}


@dataclass(frozen=True)
class Answer:
    """What the orchestrator said. `output` and `custom_status` are JSON text, `error` is plain text."""

    actions: list[Action]
    is_done: bool
    output: str | None = None
    custom_status: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Episode:
    """The workflow, and what this turn brings: `rows` are OrchestratorStarted and one row for each letter."""

    instance: Instance
    past: list[str]
    letters: list[Letter]
    rows: list[Row]
    consumed: list[int]
    now: datetime


def take_turn(
    instance: Instance, past: list[str], inbox: list[Letter], functions: Functions, now: datetime
) -> Turn | None:
    """Deliver what may be delivered; None when there is nothing to do. `past` is the history so far."""
    current = [letter for letter in inbox if letter.execution_id in (None, instance.execution_id)]
    stale = [letter.sequence for letter in inbox if letter not in current]
    letters = deliverable(instance.status == "Suspended", current)
    if not letters:
        return Turn(instance, stale, rows=[]) if stale else None
    if _first(letters, EventType.GENERIC):
        return _rewind(instance, past, letters, functions, now)
    rows = [row(EventType.ORCHESTRATOR_STARTED, now), *(json.loads(letter.body) for letter in letters)]
    consumed = [*stale, *(letter.sequence for letter in letters)]
    episode = Episode(replace(instance, updated_at=to_text(now)), past, letters, rows, consumed, now)
    last = rows[-1]["EventType"]
    if last == EventType.EXECUTION_TERMINATED:
        return _finish(episode, "Terminated", rows[-1]["Input"])
    if [entry["EventType"] for entry in rows[1:]] == [EventType.EXECUTION_SUSPENDED]:
        return _suspend(episode)
    return _ask_and_conclude(episode, functions)


def deliverable(is_suspended: bool, letters: list[Letter]) -> list[Letter]:
    """The letters of this turn, in order: those behind a suspension wait for the resumption, a termination does not.

    What begins a run is always first: after continue-as-new, older letters may be waiting.
    """
    if terminated := _first(letters, EventType.EXECUTION_TERMINATED):
        return [terminated]
    if is_suspended:
        resumed = _first(letters, EventType.EXECUTION_RESUMED)
        if resumed is None:
            return []
        letters = [resumed, *(letter for letter in letters if letter is not resumed)]
    letters = sorted(letters, key=lambda letter: _kind(letter) not in (EventType.EXECUTION_STARTED, EventType.GENERIC))
    suspended = _first(letters, EventType.EXECUTION_SUSPENDED)
    return letters[: letters.index(suspended) + 1] if suspended else letters


def _rewind(instance: Instance, past: list[str], letters: list[Letter], functions: Functions, now: datetime) -> Turn:
    """Forget what failed, and go on from what did not: the first turn of a failed workflow that is to try again."""
    rows = [row(EventType.ORCHESTRATOR_STARTED, now), *(json.loads(letter.body) for letter in letters)]
    consumed = [letter.sequence for letter in letters]
    episode = Episode(replace(instance, updated_at=to_text(now)), past, letters, rows, consumed, now)
    try:
        actions = _ask(replace(episode, rows=[]), functions).actions
    except WorkflowFailed:
        actions = []
    kept = rewound(past, actions)
    turn = _ask_and_conclude(replace(episode, past=kept), functions)
    if turn.is_fresh:  # it continued as new
        return turn
    children = [replace(child, is_rewound=True) for child in turn.children]
    return replace(turn, rows=[*kept, *turn.rows], children=children, is_fresh=True)


def _kind(letter: Letter) -> int:
    return int(json.loads(letter.body)["EventType"])


def _first(letters: list[Letter], kind: EventType) -> Letter | None:
    return next((letter for letter in letters if _kind(letter) == kind), None)


def _ask_and_conclude(episode: Episode, functions: Functions) -> Turn:
    name = episode.instance.name
    try:
        answer = _ask(episode, functions)
        history = [json.loads(text) for text in episode.past] + episode.rows
        replayed = replay(answer.actions, history, is_done=answer.is_done)
        return _conclude(episode, answer, replayed, functions)
    except (WorkflowFailed, NonDeterministic, NotSupported) as failure:
        return _finish(episode, "Failed", f"Orchestrator function '{name}' failed: {failure}")


def _ask(episode: Episode, functions: Functions) -> Answer:
    name = episode.instance.name
    if name.lower() not in functions.orchestrators:
        raise WorkflowFailed(does_not_exist(name, "orchestrator", functions.orchestrators))
    try:
        text = functions.run_orchestrator(name, _payload(episode))
    except FunctionFailed as failure:
        _, marker, text = str(failure).partition(OUT_OF_PROCESS)
        if not marker:  # raised outside the generator: the host drops the actions too
            raise WorkflowFailed(str(failure)) from None
    return _answer(json.loads(text))


def _payload(episode: Episode) -> str:
    """The body of the orchestration trigger. The durations are Azure Storage's limits for timers."""
    instance = episode.instance
    history = ",".join([*episode.past, *map(compact, episode.rows)])
    rest = compact({
        "instanceId": instance.id,
        "isReplaying": False,
        "parentInstanceId": instance.parent.instance_id if instance.parent else None,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 2,
        "longRunningTimerIntervalDuration": "3.00:00:00",
        "maximumShortTimerDuration": "6.00:00:00",
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
    })  # fmt: skip
    return f'{{"history":[{history}],"input":{instance.input or "null"},{rest[1:]}'


def _answer(state: dict[str, Any]) -> Answer:
    if "schemaVersion" not in state:
        raise WorkflowFailed("The local durable engine speaks replay schema V2 and V3 only.")
    custom_status = state.get("customStatus") or None
    if (size := _kib_as_utf16(custom_status)) > LARGEST_CUSTOM_STATUS_KIB:
        raise WorkflowFailed(
            f"The custom status is too large: {size} KiB as UTF-16, of {LARGEST_CUSTOM_STATUS_KIB} allowed."
        )
    return Answer(
        actions=state["actions"][0] if state["actions"] else [],
        is_done=state["isDone"],
        output=compact(state["output"]) if state.get("output") is not None else None,
        custom_status=compact(custom_status) if custom_status else None,
        error=state.get("error"),
    )


def _kib_as_utf16(value: Any) -> int:
    """How .NET counts JSON text: characters as they are, two bytes each, whole KiB."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 1024


def _conclude(episode: Episode, answer: Answer, replayed: Replayed, functions: Functions) -> Turn:
    episode = replace(episode, instance=replace(episode.instance, custom_status=answer.custom_status))
    turn = _with_decisions(episode, replayed, functions)
    if not replayed.is_finished or not (answer.is_done or answer.error):
        return turn
    if answer.error:
        return _finish(
            episode, "Failed", f"Orchestrator function '{episode.instance.name}' failed: {answer.error}", turn
        )
    if replayed.continued_with:
        return _continue_as_new(episode, replayed, turn)
    return _finish(episode, "Completed", answer.output, turn)


def _suspend(episode: Episode) -> Turn:
    rows = [*episode.rows, row(EventType.ORCHESTRATOR_COMPLETED, episode.now)]
    return Turn(replace(episode.instance, status="Suspended"), episode.consumed, rows=[*map(compact, rows)])


def _with_decisions(episode: Episode, replayed: Replayed, functions: Functions) -> Turn:
    """The turn of a workflow that goes on, with everything it has newly scheduled."""
    rows: list[Row] = []
    work: list[Work] = []
    for number, decision in replayed.decisions.items():
        entry, item = schedule(episode.instance, number, decision, functions, episode.now)
        rows.append(entry)
        if number not in replayed.cancelled_timers:
            work.append(item)
    is_suspended = episode.rows[-1]["EventType"] == EventType.EXECUTION_SUSPENDED
    ended = row(EventType.ORCHESTRATOR_COMPLETED, episode.now)
    return Turn(
        replace(episode.instance, status="Suspended" if is_suspended else "Running", warning=replayed.warning),
        episode.consumed,
        rows=[*map(compact, (*episode.rows, *rows, ended))],
        letters=[item for item in work if isinstance(item, Letter)],
        activities=[item for item in work if isinstance(item, Activity)],
        timers=[item for item in work if isinstance(item, Timer)],
        cancelled_timers=replayed.cancelled_timers,
        children=[item for item in work if isinstance(item, Child)],
    )


def _finish(episode: Episode, status: str, output: str | None, turn: Turn | None = None) -> Turn:
    """The last turn. `output` is JSON, or the text of a failure or a termination. `turn` holds what goes along."""
    instance = replace(episode.instance, status=status, output=output, warning=None)
    rows = turn.rows[:-1] if turn else [*map(compact, episode.rows)]
    number = STATUS_NUMBERS[status]
    ended = [
        row(EventType.EXECUTION_COMPLETED, episode.now, len(episode.past), Result=output, OrchestrationStatus=number),
        row(EventType.ORCHESTRATOR_COMPLETED, episode.now),
    ]
    before = turn or Turn(instance, episode.consumed, rows)
    answer = [_answer_to(instance.parent, instance, episode.now)] if instance.parent else []
    return replace(before, instance=instance, rows=[*rows, *map(compact, ended)], letters=[*before.letters, *answer])


def _answer_to(parent: Parent, instance: Instance, now: datetime) -> Letter:
    task = {"TaskScheduledId": parent.task_id}
    if instance.status == "Completed":
        body = row(EventType.SUB_ORCHESTRATION_COMPLETED, now, Result=instance.output, **task)
    else:
        body = row(EventType.SUB_ORCHESTRATION_FAILED, now, Reason=instance.output, Details=None, **task)
    return Letter(parent.instance_id, compact(body), parent.execution_id)


def _continue_as_new(episode: Episode, replayed: Replayed, turn: Turn) -> Turn:
    """Begin the next run under the same id, with a fresh history.

    An event that came before the orchestrator asked for this is lost with the old run, as in Azure; those behind it
    in the same turn stay in the inbox for the new run.
    """
    action, at = replayed.continued_with or {}, replayed.continued_at or 0
    behind = episode.letters[max(0, at - len(episode.past)) :]
    carried = {letter.sequence for letter in behind if _kind(letter) == EventType.EVENT_RAISED}
    began = after(episode.instance, episode.now)
    renewed = replace(turn.instance, status="Running", input=compact(action["input"]), updated_at=to_text(began))
    instance, letter = new_run(renewed, began)
    consumed = [sequence for sequence in turn.consumed if sequence not in carried]
    letters = [*turn.letters, letter]
    return Turn(instance, consumed, rows=[], letters=letters, is_fresh=True)
