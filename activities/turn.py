"""One call of an activity by the workflow, which decides once, whatever runs twice, late or in parts.

The rules are those of docs/doorbell.md; each was found necessary by a model checker.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from delivery import clock
from delivery.errors import Stale, SupersededTurn
from delivery.message import Message
from delivery.next_step import Decision, next_step
from services import Services, services

Step = dict[str, Any]
"""What the workflow is told: `Decision.to_payload`."""


@dataclass(frozen=True)
class Turn:
    """`name` is sortable and new for every call; the workflow waits for `wake-<name>` when the answer is Wait."""

    services: Services
    message_id: str
    conversation_id: str
    name: str

    @classmethod
    def of(cls, order: dict[str, Any]) -> "Turn":
        """`order`: {"messageId", "conversationId", "turn"}, as every activity of the workflow gets it."""
        return cls(services(), order["messageId"], order["conversationId"], order["turn"])

    async def read(self) -> tuple[Message, str]:
        """The record and its etag."""
        return await self.services.messages.read(self.conversation_id, self.message_id)

    def is_decided_in(self, message: Message) -> bool:
        """Whether this turn, or a later one, has written its decision."""
        return message.turn is not None and message.turn >= self.name

    def step_in(self, message: Message) -> Step:
        """The step that this turn has decided.

        Raises `SupersededTurn` when a later turn has: this execution is a ghost, whose result nobody reads.
        """
        if message.turn != self.name or message.step is None:
            raise SupersededTurn(f"{self.name} of message {self.message_id} is over")
        return message.step

    async def write(self, decision: Decision, etag: str) -> Step:
        """Make the decision this turn's own, in one replace. Raises `Stale` when the record was changed meanwhile."""
        step = decision.to_payload()
        await self.services.messages.replace(replace(decision.message, turn=self.name, step=step), etag)
        return step


def as_it_is(message: Message) -> Message:
    return message


async def nobody(message: Message) -> None:
    """There is nobody to ring: nothing was learnt that the workflow could miss."""


async def settle(
    turn: Turn, fold: Callable[[Message], Message] = as_it_is, ring: Callable[[Message], Awaitable[None]] = nobody
) -> Step:
    """Fold what was learnt into the record, decide, and write both in one replace.

    Where this turn or a later one is decided already, that decision stands; what was learnt is kept all the same,
    and the workflow is rung, which may be waiting on a decision made without it.
    """
    while True:
        message, etag = await turn.read()
        learnt = fold(message)
        try:
            if not turn.is_decided_in(message):
                customer = await turn.services.customers.read(message.customer_id)
                return await turn.write(next_step(learnt, customer, clock.now()), etag)
            if learnt != message:
                await turn.services.messages.replace(learnt, etag)
        except Stale:
            continue
        if learnt != message:
            await ring(learnt)
        return turn.step_in(message)
