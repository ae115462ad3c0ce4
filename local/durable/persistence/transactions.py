"""The transactions of the engine: each function is one for `GroupCommit.write`, so all of it happens, or nothing."""

import json
import sqlite3

from local.durable.execution.history import from_text
from local.durable.execution.rewind import rewinding
from local.durable.persistence.records import (
    LIVE,
    Activity,
    Child,
    Committed,
    EntityBatch,
    Instance,
    Letter,
    Timer,
    Turn,
)

_IS_LIVE = "status IN ('Pending', 'Running', 'Suspended', 'ContinuedAsNew')"


def write_turn(turn: Turn, db: sqlite3.Connection) -> Committed:
    """Commit one turn of a workflow."""
    instance = turn.instance
    _change_instance(db, instance)
    if turn.is_fresh:
        db.execute("DELETE FROM history WHERE instance_id = ?", (instance.id,))
    _add_history(db, turn)
    _remove_letters(db, turn.consumed)
    _write_timers(db, turn)
    targets = [_start_child(child, db) for child in turn.children]
    targets += [letter.target for letter in turn.letters if post(letter, db)]
    return Committed(targets, [_add_activity(activity, db) for activity in turn.activities])


def write_batch(batch: EntityBatch, now: str, db: sqlite3.Connection) -> list[str]:
    """Commit one batch of an entity; the targets of its answers."""
    if batch.state is None:
        db.execute("DELETE FROM entities WHERE id = ?", (batch.target,))
    else:
        query = (
            "INSERT INTO entities VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at"
        )
        db.execute(query, (batch.target, batch.state, now, now))
    _remove_letters(db, batch.consumed)
    return [letter.target for letter in batch.answers if post(letter, db)]


def start(instance: Instance, letter: Letter, db: sqlite3.Connection) -> str | None:
    """Begin a workflow, replacing a finished one of the same id.

    Returns None, or the status of the live one that is in the way; then nothing changes.
    """
    found = db.execute("SELECT status FROM instances WHERE id = ?", (instance.id,)).fetchone()
    if found and found[0] in LIVE:
        return str(found[0])
    if found:
        forget(instance.id, db)
    _add_instance(db, instance)
    post(letter, db)
    return None


def post(letter: Letter, db: sqlite3.Connection) -> bool:
    """Put a letter into an inbox; False if it is for a workflow that is gone or finished, and was dropped."""
    query = (
        "INSERT INTO inbox (target, execution_id, body) SELECT :target, :execution, :body "
        f"WHERE :target GLOB '@*' OR EXISTS (SELECT 1 FROM instances WHERE id = :target AND {_IS_LIVE})"
    )
    row = {"target": letter.target, "execution": letter.execution_id, "body": letter.body}
    return db.execute(query, row).rowcount > 0


def end_activity(sequence: int, letter: Letter, db: sqlite3.Connection) -> bool:
    """Replace the work by its result. False if the work was gone, or nothing waits for it."""
    ended = db.execute("DELETE FROM activities WHERE sequence = ?", (sequence,)).rowcount
    return bool(ended) and post(letter, db)


def due_timers(now: str, db: sqlite3.Connection) -> list[Timer]:
    """The timers due by now, the earliest first."""
    query = (
        "SELECT instance_id, execution_id, timer_id, due_at FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT 1000"
    )
    return [Timer(*found) for found in db.execute(query, (now,))]


def fire(timer: Timer, letter: Letter, db: sqlite3.Connection) -> bool:
    """Replace a timer by the letter that says it is due."""
    db.execute("DELETE FROM timers WHERE instance_id = ? AND timer_id = ?", (timer.instance_id, timer.timer_id))
    return post(letter, db)


def forget(instance_id: str, db: sqlite3.Connection) -> bool:
    """Remove a workflow with all it has; activities under way end unheard. False if there was none."""
    for statement in (
        "DELETE FROM history WHERE instance_id = ?",
        "DELETE FROM inbox WHERE target = ?",
        "DELETE FROM timers WHERE instance_id = ?",
        "DELETE FROM poison_activities WHERE instance_id = ?",
    ):
        db.execute(statement, (instance_id,))
    return bool(db.execute("DELETE FROM instances WHERE id = ?", (instance_id,)).rowcount)


def forget_entity(entity_id: str, db: sqlite3.Connection) -> bool:
    """Remove an entity with its state; operations that wait for it create it again. False if there was none."""
    return bool(db.execute("DELETE FROM entities WHERE id = ?", (entity_id,)).rowcount)


def _add_history(db: sqlite3.Connection, turn: Turn) -> None:
    """One statement for all rows: between two, other threads would get the interpreter, and keep it for a while."""
    query = "INSERT INTO history SELECT ?, ? + key, value FROM json_each(?)"
    db.execute(query, (turn.instance.id, turn.position, json.dumps(turn.rows)))


def _remove_letters(db: sqlite3.Connection, sequences: list[int]) -> None:
    db.execute("DELETE FROM inbox WHERE sequence IN (SELECT value FROM json_each(?))", (json.dumps(sequences),))


def _add_instance(db: sqlite3.Connection, instance: Instance) -> None:
    parent = instance.parent
    values = (
        instance.id, instance.execution_id, instance.name, instance.version, instance.status, instance.input,
        instance.output, instance.custom_status, instance.created_at, instance.updated_at,
        *((parent.instance_id, parent.execution_id, parent.task_id) if parent else (None, None, None)),
        instance.warning,
    )  # fmt: skip
    db.execute(f"INSERT INTO instances VALUES ({', '.join('?' * len(values))})", values)


def _change_instance(db: sqlite3.Connection, instance: Instance) -> None:
    """What a turn may change of it."""
    query = (
        "UPDATE instances SET execution_id = ?, status = ?, input = ?, output = ?, custom_status = ?, updated_at = ?, "
        "warning = ? WHERE id = ?"
    )
    values = (
        instance.execution_id, instance.status, instance.input, instance.output, instance.custom_status,
        instance.updated_at, instance.warning, instance.id,
    )  # fmt: skip
    db.execute(query, values)


def _write_timers(db: sqlite3.Connection, turn: Turn) -> None:
    """New timers in, cancelled ones out; a finished or renewed workflow keeps none, nor its letters."""
    instance_id = turn.instance.id
    if turn.is_fresh or not turn.instance.is_live:
        db.execute("DELETE FROM timers WHERE instance_id = ?", (instance_id,))
    if not turn.instance.is_live:
        db.execute("DELETE FROM inbox WHERE target = ?", (instance_id,))
    if turn.cancelled_timers:
        cancelled = [(instance_id, timer_id) for timer_id in turn.cancelled_timers]
        db.executemany("DELETE FROM timers WHERE instance_id = ? AND timer_id = ?", cancelled)
    if turn.timers:
        timers = [(timer.instance_id, timer.execution_id, timer.timer_id, timer.due_at) for timer in turn.timers]
        db.executemany("INSERT INTO timers VALUES (?, ?, ?, ?)", timers)


def rewind(letter: Letter, db: sqlite3.Connection) -> bool:
    """Let a failed workflow go on; False if it has not failed, and then nothing changes."""
    query = "UPDATE instances SET status = 'Running', output = NULL WHERE id = ? AND status = 'Failed'"
    return bool(db.execute(query, (letter.target,)).rowcount) and post(letter, db)


def _start_child(child: Child, db: sqlite3.Connection) -> str:
    if child.is_rewound and rewind(rewinding(child.instance.id, from_text(child.instance.created_at)), db):
        return child.instance.id
    if start(child.instance, child.letter, db) is None:
        return child.letter.target
    post(child.refusal, db)
    return child.refusal.target


def _add_activity(activity: Activity, db: sqlite3.Connection) -> int:
    values = (activity.instance_id, activity.execution_id, activity.task_id, activity.name, activity.input)
    query = "INSERT INTO activities (instance_id, execution_id, task_id, name, input) VALUES (?, ?, ?, ?, ?)"
    return db.execute(query, values).lastrowid or 0
