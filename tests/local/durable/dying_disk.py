"""A disk that lets some commits through; then nothing returns any more, as for a process that has died."""

import asyncio


class DyingDisk:
    def __init__(self, storage, commits_left, is_last_committed):
        self._write, self._left, self._is_last_committed = storage.write, commits_left, is_last_committed
        self.died = asyncio.Event()
        storage.write = self.write

    async def write(self, transaction):
        self._left -= 1
        if self._left > 0:
            return await self._write(transaction)
        if self._left == 0 and self._is_last_committed:
            await self._write(transaction)
        self.died.set()
        return await asyncio.Event().wait()
