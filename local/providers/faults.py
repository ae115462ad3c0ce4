"""Faults that are ordered in advance, whatever the address of the next message."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import timedelta

from local.clock import Clock
from local.work import Piece

EVENT_GRID, CUSTOM_TOPIC = "eventGrid", "topic"
CHANNEL_FAULTS = ("unavailable", "throttled", "dropped", "slow", "hold")
TOPIC_FAULTS = ("unavailable", "hold")


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` calls.

    unavailable, throttled   503 or 429, nothing executed
    dropped                  executed, then the connection is cut before the answer
    slow                     executed, then answered after `seconds`
    hold                     executed, then answered when the faults are called off
    delivery                 Event Grid only: the try fails without a call of the webhook

    What is published to the custom topic is not taken: `unavailable` is answered 503 at once, `hold` when the faults
    are called off.
    """

    kind: str
    times: int = 1
    seconds: float = 5


class Faults:
    """The faults that have not happened yet, in memory: a restart clears them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._armed: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._released = asyncio.Event()
        self._kept_back: set[Piece] = set()

    def arm(self, target: str, fault: Fault) -> None:
        """Order a fault for a channel, `CUSTOM_TOPIC` or `EVENT_GRID`, after those already ordered for it."""
        self._armed[target].append(fault)

    def take(self, target: str) -> Fault | None:
        """The fault that this call meets, used up by it."""
        armed = self._armed[target]
        if not armed:
            return None
        fault = armed.popleft()
        if fault.times > 1:
            armed.appendleft(replace(fault, times=fault.times - 1))
        return fault

    def take_delivery_fault(self) -> bool:
        """Whether this delivery fails; asked by Event Grid before every try."""
        return self.take(EVENT_GRID) is not None

    async def take_topic_fault(self) -> bool:
        """Whether this publishing fails; asked by the topic before it takes anything. It may take its time."""
        fault = self.take(CUSTOM_TOPIC)
        if fault and fault.kind == "hold":
            await self._released.wait()
        return fault is not None

    async def keep_back(self, fault: Fault) -> None:
        """Return when the answer of a slow or held call may leave. Meanwhile two rest: the request and its caller."""
        if fault.kind == "slow":
            with self._clock.work.rest("slow answer", 2):
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=fault.seconds))
        if fault.kind == "hold":
            with self._clock.work.rest("held answer", 2) as rest:
                self._kept_back.add(rest)
                await self._released.wait()

    def call_off(self) -> None:
        """Clear all faults, and release the calls that are held."""
        self._armed.clear()
        self.release()

    def release(self) -> None:
        """Release the calls that are held."""
        for rest in self._kept_back:
            rest.end()  # at once: a released call counts as work before it continues
        self._kept_back.clear()
        self._released.set()
        self._released = asyncio.Event()
