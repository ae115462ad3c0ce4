"""Timers, events and retries of orchestrators. All workarounds for durable waiting are here."""

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df

ONE_DAY = timedelta(days=1)
TURNS_OF_A_RUN = 50
"""A turn replays all those before it, so that a run costs the square of its turns; few messages have ten."""
TRIES = 13
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=2)

Story = Generator[Any, Any, Any]


def turns(context: df.DurableOrchestrationContext) -> Iterator[str]:
    """Name the calls of this run: sortable, later runs after earlier ones (docs/doorbell.md, rules 1 and 2)."""
    started = context.current_utc_datetime
    return (f"{started:%Y%m%dT%H%M%S%f}-{number:04}" for number in range(1, TURNS_OF_A_RUN + 1))


def go_on_in_a_new_run(context: df.DurableOrchestrationContext, payload: dict[str, Any]) -> None:
    """Begin again under the same id, with an empty history; to be returned at once.

    An event that comes meanwhile may be lost, so a new run looks at the record before it waits (rule 14).
    """
    context.continue_as_new(payload)


def wait(context: df.DurableOrchestrationContext, until: str, wake: str) -> Story:
    """Wait for the event `wake`, until a moment (RFC 3339), at most a day; the caller looks again.

    Each `wake` is waited for once. In azure-functions-durable 1.7.0 an early event satisfies every later wait of its
    name, two early ones collapse into one, and the host starts action k+1 only when action k is done: so a fresh
    timer beside a fresh wait, and the loser cancelled. A timer beyond 6 days cannot be cancelled (durable-python
    #573).
    """
    moment = min(datetime.fromisoformat(until), context.current_utc_datetime + ONE_DAY)
    timer: Any = context.create_timer(moment)  # a TimerTask; 1.7.0 promises less than it gives
    rung = context.wait_for_external_event(wake)
    if (yield context.task_any([rung, timer])) is rung:
        timer.cancel()  # an open timer keeps a finished workflow in "Running"


def together(context: df.DurableOrchestrationContext, activity: str, payloads: list[dict[str, Any]]) -> Story:
    """Return the results of one activity for many payloads, called side by side. The first that fails, fails all."""
    return (yield context.task_all([context.call_activity(activity, payload) for payload in payloads]))


def persistently(context: df.DurableOrchestrationContext, activity: str, payload: dict[str, Any]) -> Story:
    """Return the activity's result, repeating it while our own store or code fails it.

    Gives up after about 14 minutes: a bug must fail the workflow visibly. What a provider answers is never an error
    here. A plain loop of calls and timers, since `call_activity_with_retry` can hang a workflow for ever
    (durable-python #603).
    """
    pause = FIRST_PAUSE
    for tries_left in reversed(range(TRIES)):
        try:
            return (yield context.call_activity(activity, payload))
        except Exception:  # 1.x rebuilds every activity error as a bare Exception
            if not tries_left:
                raise
            yield context.create_timer(context.current_utc_datetime + pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    raise AssertionError("the last try returns or raises")
