"""Which letters of a workflow a turn delivers, and in which order. A letter is a message to a workflow or an entity."""

from local.durable.execution.history import EventType
from local.durable.persistence.records import Letter

_BEGIN = (EventType.EXECUTION_STARTED, EventType.GENERIC)


def deliverable(is_suspended: bool, letters: list[Letter]) -> list[Letter]:
    """The letters of this turn, in order: those behind a suspension wait for the resumption, a termination does not.

    What begins a run is always first: after continue-as-new, older letters may be waiting.
    """
    if terminated := first(letters, EventType.EXECUTION_TERMINATED):
        return [terminated]
    if is_suspended:
        resumed = first(letters, EventType.EXECUTION_RESUMED)
        if resumed is None:
            return []
        letters = [resumed, *(letter for letter in letters if letter is not resumed)]
    letters = sorted(letters, key=lambda letter: letter.content["EventType"] not in _BEGIN)
    suspended = first(letters, EventType.EXECUTION_SUSPENDED)
    return letters[: letters.index(suspended) + 1] if suspended else letters


def first(letters: list[Letter], kind: EventType) -> Letter | None:
    return next((letter for letter in letters if letter.content["EventType"] == kind), None)
