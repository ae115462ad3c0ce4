"""One workflow of the real orchestrator under the host's own rules, turn by turn; the test plays everything else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from local.durable.api.functions import FunctionFailed
from local.durable.execution.history import EventType, compact, from_text, row
from local.durable.execution.recall import Past
from local.durable.execution.runs import new_instance
from local.durable.execution.turns import take_turn
from local.durable.execution.versions import Versions
from local.durable.persistence.records import Activity, Letter, Timer, Turn
from orchestrators.deliver_message import bp
from tests.domain.messages.records import NOON

MESSAGE_ID, CONVERSATION_ID = "8a9d8b3c-7f7c-4c39-9f0d-0f0f0f0f0f0f", "conv-456"
PAYLOAD = {"messageId": MESSAGE_ID, "conversationId": CONVERSATION_ID}
ACTIVITIES = ("take_next_step", "send")
A_MOMENT = timedelta(milliseconds=1)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


@dataclass(frozen=True)
class TheStory:
    """The app's functions as the engine sees them; the test itself answers for the activities."""

    handler: Callable[[func.OrchestrationContext], str]
    orchestrators: Mapping[str, str] = field(default_factory=lambda: _same("deliver_message"))
    activities: Mapping[str, str] = field(default_factory=lambda: _same(*ACTIVITIES))
    entities: Mapping[str, str] = field(default_factory=lambda: _same("conversation"))
    versions: Versions = field(default_factory=Versions)

    @classmethod
    def load(cls) -> "TheStory":
        app = df.DFApp()
        app.register_functions(bp)
        [function] = app.get_functions()
        return cls(function.get_user_function())

    def run_orchestrator(self, name: str, payload: str) -> str:
        assert name == "deliver_message"
        try:
            return self.handler(func.OrchestrationContext(payload))
        except Exception as error:
            raise FunctionFailed(f"{type(error).__name__}: {error}") from error

    def run_entity(self, name: str, payload: str) -> str:
        raise AssertionError("the orchestrator's turn runs no entity")

    async def run_activity(self, name: str, input_text: str) -> str:
        raise AssertionError("the test answers for the activities")


class Workflow:
    """Begins at once; each turn comes a moment after the one before, or when its timer is due."""

    def __init__(self, story: TheStory, at: datetime = NOON, **more: Any) -> None:
        self._story, self.now = story, at
        # a client's input is JSON within JSON
        self.instance, begin = new_instance(
            MESSAGE_ID, "deliver_message", None, compact(json.dumps({**PAYLOAD, **more})), at
        )
        self.history: list[str] = []
        self.called: list[Activity] = []
        """Every call of an activity, oldest first."""
        self.timers: dict[int, Timer] = {}
        """Those neither fired nor cancelled."""
        self.signals: list[dict[str, Any]] = []
        self._answered = 0
        self.turn(begin)

    # what there is to see

    @property
    def status(self) -> str:
        return self.instance.status

    @property
    def output(self) -> Any:
        return json.loads(self.instance.output or "null")

    @property
    def custom_status(self) -> Any:
        return json.loads(self.instance.custom_status or "null")

    @property
    def call(self) -> Activity | None:
        """The activity under way."""
        return self.called[-1] if self._answered < len(self.called) else None

    @property
    def payloads(self) -> list[dict[str, Any]]:
        """What the activities were given."""
        return [json.loads(call.input) for call in self.called]

    @property
    def wake(self) -> str:
        """The event that the latest call may have the workflow wait for."""
        return f"wake-{self.payloads[-1]['turn']}"

    @property
    def due(self) -> datetime:
        """When the one open timer fires."""
        [timer] = self.timers.values()
        return from_text(timer.due_at)

    # what can happen

    def answer(self, result: Any) -> Letter:
        """The activity under way returns."""
        return self._ended(EventType.TASK_COMPLETED, Result=compact(result))

    def failure(self) -> Letter:
        """The activity under way raises."""
        text = "Activity function 'x' failed:  StoreUnavailable: the store cannot be asked now"
        return self._ended(EventType.TASK_FAILED, Reason=text, Details=None)

    def ring(self, wake: str | None = None) -> Letter:
        """Somebody rings for the wait of the latest call, or for another one."""
        return self._letter(EventType.EVENT_RAISED, Name=wake or self.wake, Input=compact("null"))

    def fire(self) -> Letter:
        """The earliest open timer fires, at its time."""
        number, timer = min(self.timers.items(), key=lambda item: item[1].due_at)
        del self.timers[number]
        self.now = max(self.now, from_text(timer.due_at))
        return self._letter(EventType.TIMER_FIRED, TimerId=number, FireAt=timer.due_at)

    def turn(self, *letters: Letter) -> None:
        """These come, in this order, and the orchestrator is asked. Nothing may come that Azure would choke on."""
        self.now += A_MOMENT
        turn = take_turn(self.instance, Past.of(self.history), list(letters), self._story, self.now)
        assert turn is not None
        assert turn.instance.warning is None
        self._keep(turn)

    def _keep(self, turn: Turn) -> None:
        self.instance = turn.instance
        if turn.is_fresh:
            self.history, self.timers = [], {}
        self.history = [*self.history, *turn.rows]
        self.called += turn.activities
        self.timers |= {timer.timer_id: timer for timer in turn.timers}
        for number in turn.cancelled_timers:
            self.timers.pop(number, None)
        letters = [letter for letter in turn.letters if letter.target != MESSAGE_ID]
        self.signals += [{"target": letter.target, **json.loads(letter.body)} for letter in letters]
        if begin := [letter for letter in turn.letters if letter.target == MESSAGE_ID]:
            self.turn(*begin)  # of a new run, which begins at once

    def _ended(self, kind: EventType, **fields: Any) -> Letter:
        assert self.call is not None
        self._answered += 1
        return self._letter(kind, TaskScheduledId=self.called[-1].task_id, **fields)

    def _letter(self, kind: EventType, **fields: Any) -> Letter:
        return Letter(MESSAGE_ID, compact(row(kind, self.now, **fields)))
