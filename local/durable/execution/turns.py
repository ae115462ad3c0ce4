"""One turn of a workflow: takes letters, calls the orchestrator, returns all changes.

Nothing here reads or writes the file, so a turn that is never committed has not happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from local.durable.api.functions import Functions
from local.durable.execution.delivery import deliverable, first
from local.durable.execution.history import EventType, Row, compact, row, to_text
from local.durable.execution.orchestrator import Answer, ask
from local.durable.execution.recall import Past
from local.durable.execution.replay import NonDeterministic, NotSupported, Replayed, Walk
from local.durable.execution.rewind import rewound
from local.durable.execution.runs import after, new_run
from local.durable.execution.scheduling import Work, WorkflowFailed, schedule
from local.durable.execution.versions import OnMismatch, Versions
from local.durable.persistence.records import Activity, Child, Instance, Letter, Parent, Timer, Turn

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
class Episode:
    """The workflow, and what this turn brings: `rows` are OrchestratorStarted and one row for each letter.

    `texts` are the same rows as JSON. `consumed` are the sequences of letters that are gone with this turn.
    """

    instance: Instance
    past: Past
    letters: list[Letter]
    rows: list[Row]
    texts: list[str]
    consumed: list[int]
    now: datetime


def take_turn(instance: Instance, past: Past, inbox: list[Letter], functions: Functions, now: datetime) -> Turn | None:
    """Deliver what may be delivered; None when there is nothing to do. `past` is the history so far."""
    current = [letter for letter in inbox if letter.execution_id in (None, instance.execution_id)]
    stale = [letter.sequence for letter in inbox if letter not in current]
    letters = deliverable(instance.status == "Suspended", current)
    if not letters:
        return Turn(instance, stale, rows=[], position=past.count) if stale else None
    episode = _episode(instance, past, letters, stale, now)
    last = episode.rows[-1]
    if last["EventType"] == EventType.EXECUTION_TERMINATED:
        return _finish(episode, "Terminated", last["Input"])
    if not functions.versions.takes(instance.version):
        return _refuse(episode, functions.versions, stale)
    if len(letters) == 1 and last["EventType"] == EventType.EXECUTION_SUSPENDED:
        return _suspend(episode)
    if first(letters, EventType.GENERIC):
        return _rewind(episode, functions)
    return _ask_and_conclude(episode, functions)


def _episode(instance: Instance, past: Past, letters: list[Letter], stale: list[int], now: datetime) -> Episode:
    started = row(EventType.ORCHESTRATOR_STARTED, now)
    return Episode(
        replace(instance, updated_at=to_text(now)),
        past,
        letters,
        rows=[started, *(letter.content for letter in letters)],
        texts=[compact(started), *(letter.body for letter in letters)],
        consumed=[*stale, *(letter.sequence for letter in letters)],
        now=now,
    )


def _refuse(episode: Episode, versions: Versions, stale: list[int]) -> Turn | None:
    """What a worker of another version does. A workflow that is left alone keeps its letters for one that takes it."""
    instance = episode.instance
    if versions.on_mismatch is OnMismatch.FAIL:
        return _finish(episode, "Failed", "Orchestration version did not comply with Worker Versioning")
    warning = (
        f"hangs: its version is '{instance.version or ''}', and this host leaves it to one that takes it "
        f"(in host.json defaultVersion is '{versions.default or ''}', versionMatchStrategy {versions.match})"
    )
    if warning == instance.warning and not stale:
        return None
    return Turn(replace(instance, warning=warning), stale, rows=[], position=episode.past.count)


def _rewind(episode: Episode, functions: Functions) -> Turn:
    """Remove the failed steps and continue from the rest: the first turn of a rewound workflow."""
    try:
        actions = ask(episode.instance, episode.past.text, functions).actions
    except WorkflowFailed:
        actions = []
    kept = rewound(episode.past.rows(), actions)
    turn = _ask_and_conclude(replace(episode, past=Past.of(kept)), functions)
    if turn.is_fresh:  # it continued as new
        return turn
    children = [replace(child, is_rewound=True) for child in turn.children]
    return replace(turn, rows=[*kept, *turn.rows], children=children, position=0)


def _ask_and_conclude(episode: Episode, functions: Functions) -> Turn:
    instance = episode.instance
    try:
        answer = ask(instance, ",".join(filter(None, (episode.past.text, *episode.texts))), functions)
        walk = episode.past.walk_with(answer.actions).through(episode.rows)
        return _conclude(episode, answer, walk, functions)
    except (WorkflowFailed, NonDeterministic, NotSupported) as failure:
        return _finish(episode, "Failed", f"Orchestrator function '{instance.name}' failed: {failure}")


def _conclude(episode: Episode, answer: Answer, walk: Walk, functions: Functions) -> Turn:
    replayed = walk.replayed(answer.is_done)
    turn = _with_decisions(episode, answer, replayed, walk, functions)
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
    texts = [*episode.texts, compact(row(EventType.ORCHESTRATOR_COMPLETED, episode.now))]
    instance = replace(episode.instance, status="Suspended")
    return Turn(instance, episode.consumed, texts, episode.past.count)


def _with_decisions(episode: Episode, answer: Answer, replayed: Replayed, walk: Walk, functions: Functions) -> Turn:
    """The turn of a workflow that goes on, with everything it has newly scheduled."""
    rows: list[Row] = []
    work: list[Work] = []
    for number, decision in replayed.decisions.items():
        entry, item = schedule(episode.instance, number, decision, functions, episode.now)
        rows.append(entry)
        if number not in replayed.cancelled_timers:
            work.append(item)
    is_suspended = episode.rows[-1]["EventType"] == EventType.EXECUTION_SUSPENDED
    status = "Suspended" if is_suspended else "Running"
    rows.append(row(EventType.ORCHESTRATOR_COMPLETED, episode.now))
    texts = [*episode.texts, *map(compact, rows)]
    inherited = None if episode.past.count else episode.instance.custom_status  # from the run that continued as new
    custom_status = answer.custom_status or inherited
    return Turn(
        replace(episode.instance, status=status, custom_status=custom_status, warning=replayed.warning),
        episode.consumed,
        texts,
        episode.past.count,
        letters=[item for item in work if isinstance(item, Letter)],
        activities=[item for item in work if isinstance(item, Activity)],
        timers=[item for item in work if isinstance(item, Timer)],
        cancelled_timers=replayed.cancelled_timers,
        children=[item for item in work if isinstance(item, Child)],
        past=episode.past.then(texts, walk.through(rows)),
    )


def _finish(episode: Episode, status: str, output: str | None, turn: Turn | None = None) -> Turn:
    """The last turn. `output` is JSON, or the text of a failure or a termination. `turn`: what else it commits."""
    instance = replace(turn.instance if turn else episode.instance, status=status, output=output, warning=None)
    before = turn or Turn(instance, episode.consumed, episode.texts, episode.past.count)
    rows = turn.rows[:-1] if turn else episode.texts
    number = STATUS_NUMBERS[status]
    ended = [
        row(EventType.EXECUTION_COMPLETED, episode.now, episode.past.count, Result=output, OrchestrationStatus=number),
        row(EventType.ORCHESTRATOR_COMPLETED, episode.now),
    ]
    answer = [_answer_to(instance.parent, instance, episode.now)] if instance.parent else []
    return replace(
        before,
        instance=instance,
        rows=[*rows, *map(compact, ended)],
        letters=[*before.letters, *answer],
        past=None,
    )


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
    behind = episode.letters[max(0, at - episode.past.count) :]
    carried = {letter.sequence for letter in behind if letter.content["EventType"] == EventType.EVENT_RAISED}
    began = after(episode.instance, episode.now)
    renewed = replace(turn.instance, status="Running", input=compact(action["input"]), updated_at=to_text(began))
    instance, letter = new_run(renewed, began)
    consumed = [sequence for sequence in turn.consumed if sequence not in carried]
    return Turn(instance, consumed, rows=[], position=0, letters=[*turn.letters, letter])
