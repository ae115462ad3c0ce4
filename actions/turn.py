"""One call of an activity by the workflow. It makes one decision, even if it runs twice, late or only partly.

The rules are those of docs/doorbell.md; each was found necessary by a model checker.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import chain, repeat
from time import monotonic
from typing import Any, TypeVar

from actions.current_rules import current_rules
from domain import clock
from domain.customers.customer import Customer
from domain.errors import Stale, StoreUnavailable, SupersededTurn
from domain.messages.message import LATEST_TURN, Message
from domain.messages.next_step import Decision, Finish, Send, Wait, next_step, step_without_customer
from domain.messages.permission import depends_on_the_customer
from services import Services, services
from store.collisions import Collisions
from store.messages import Record

NOTICES_SECONDS = 0.1
"""How long the last write of a message waits for its notices, so that it can empty the outbox and be the last. A reply
waits as long before its notice takes a write of its own."""

INSISTS_SECONDS = 60
PAUSES_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5)
"""How long a write is repeated, and after which pauses; the last stands for all further ones."""

T = TypeVar("T")
StepPayload = dict[str, Any]
"""What the workflow gets: `Decision.to_payload`."""


@dataclass(frozen=True)
class Turn:
    """`name` is sortable and new for every call; the workflow waits for `wake-<name>` when the answer is Wait."""

    services: Services
    message_id: str
    conversation_id: str
    name: str

    @classmethod
    def of(cls, payload: dict[str, Any]) -> "Turn":
        """`payload`: {"messageId", "conversationId", "turn"}, as every activity of the workflow gets it."""
        return cls(services(), payload["messageId"], payload["conversationId"], payload["turn"])

    async def read(self) -> Record:
        return await self.services.messages.read(self.conversation_id, self.message_id)

    def is_decided_in(self, message: Message) -> bool:
        """Whether this turn, or a later one, has written its decision."""
        return message.turn is not None and message.turn >= self.name

    def step_in(self, message: Message) -> StepPayload:
        """The step that this turn has decided.

        Raises `SupersededTurn` when a later turn has: this is a superseded call, whose result nobody reads.
        """
        if message.turn != self.name or message.step is None:
            raise SupersededTurn(f"{self.name} of message {self.message_id} is over")
        return message.step

    async def decide(self, message: Message) -> Decision:
        """The next step. The rules are read only where something may be sent, the customer where it depends on one."""
        now = clock.now()
        decision = step_without_customer(message, now)
        if decision and not isinstance(decision.step, Send) and not message.held:
            return decision
        rules = await current_rules(self.services)
        if decision := step_without_customer(message, now, rules):
            return decision
        return next_step(message, await self.customer_of(message), now, rules)

    async def customer_of(self, message: Message) -> Customer | None:
        """As any worker has written them, where it depends on what they said: another may just have recorded that."""
        is_newest = depends_on_the_customer(message)
        return await self.services.customers.read(message.customer_id, newest=is_newest)

    async def write(self, record: Record, decision: Decision) -> Message:
        """Make the decision this turn's own, in one replace. Raises `Stale` when the record was changed meanwhile."""
        now = clock.now()
        due_at = (decision.step.until if isinstance(decision.step, Wait) else now) + LATEST_TURN
        decided = replace(decision.message, turn=self.name, step=decision.to_payload(), sweeps=0, start_at=None)
        return (await self.services.messages.replace(record, decided, due_at)).message


def as_it_is(message: Message) -> Message:
    return message


async def nobody(message: Message) -> None:
    """Wake nobody: nothing was learnt that the workflow could miss."""


async def insist(write: Callable[[], Awaitable[T]], seconds: float | None = None) -> T:
    """Repeat a write while the store is away; for a minute at most, which serves what cannot be learnt again.

    Raises `StoreUnavailable` after that. `write` must be safe to repeat.
    """
    gives_up_at = monotonic() + (INSISTS_SECONDS if seconds is None else seconds)
    for pause in chain(PAUSES_SECONDS, repeat(PAUSES_SECONDS[-1])):
        try:
            return await write()
        except StoreUnavailable:
            if monotonic() + pause > gives_up_at:
                raise
            await asyncio.sleep(pause)
    raise AssertionError("the pauses never end")


async def settle(
    turn: Turn,
    fold: Callable[[Message], Message] = as_it_is,
    ring: Callable[[Message], Awaitable[None]] = nobody,
    known: Record | None = None,
) -> StepPayload:
    """Fold what was learnt into the record, decide, and write both in one replace.

    Where this turn or a later one is decided already, that decision stands; what was learnt is still kept,
    and the workflow is rung, which may be waiting on a decision made without it. `known` is the record as this
    execution wrote it, which saves a read where nobody has written since.
    """
    collisions = Collisions()
    while True:
        record, known = known or await turn.read(), None
        try:
            message = await _learn(turn, record, fold, ring)
        except Stale:
            await collisions.pause()
            continue
        step = turn.step_in(message)
        if message.outcome:  # again when this runs again: the first execution may have died before it
            is_new = record.message.outcome is None
            await turn.services.conversations.message_finished(message, is_new=is_new)
        turn.services.status_events.tell(message)
        return step


async def _learn(
    turn: Turn, record: Record, fold: Callable[[Message], Message], ring: Callable[[Message], Awaitable[None]]
) -> Message:
    """The record as it is then. Raises `Stale`."""
    learnt = fold(record.message)
    if not turn.is_decided_in(record.message):
        decision = await turn.decide(learnt)
        if isinstance(decision.step, Finish):  # what others have committed leaves first, so that this write is the last
            await turn.services.status_events.told(record.message, NOTICES_SECONDS)
        return await turn.write(record, decision)
    if learnt == record.message:
        return learnt
    written = (await turn.services.messages.replace(record, learnt, clock.now())).message
    await ring(written)
    return written
