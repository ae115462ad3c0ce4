"""What to do after a write conflict: wait a moment, then read again."""

import asyncio
import random

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.005, 0.5


class Collisions:
    """The conflicts of one change. Pauses grow, and are random so that two writers do not collide again."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS

    async def pause(self) -> None:
        await asyncio.sleep(random.uniform(0, self._pause))
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
