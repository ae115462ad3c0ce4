"""Load on the management API, as fast as possible or at a steady rate."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

BASE = "/durabletask"
UNFINISHED = f"{BASE}/instances?runtimeStatus=Pending,Running&instanceIdPrefix=load-&top=1"


@dataclass(frozen=True)
class Caller:
    http: aiohttp.ClientSession

    async def start(self, instance: str) -> None:
        async with self.http.post(f"{BASE}/orchestrators/errand/{instance}", json=1) as answer:
            assert answer.status == 202, await answer.text()

    async def start_and_wait(self, instance: str) -> None:
        path = f"{BASE}/orchestrators/errand/{instance}?timeout=100&pollingInterval=1"
        async with self.http.post(path, json=1) as answer:
            assert answer.status == 200, await answer.text()

    async def ring(self, instance: str) -> None:
        async with self.http.post(f"{BASE}/instances/{instance}/raiseEvent/go", json=1) as answer:
            assert answer.status == 202, await answer.text()

    async def finish_many(self, prefix: str, count: int, at_once: int) -> float:
        """Start and ring so many workflows; the seconds until the last has ended."""
        begun = time.perf_counter()
        names = iter(range(count))

        async def one_after_another() -> None:
            for number in names:
                await self.start(f"{prefix}{number}")
                await self.ring(f"{prefix}{number}")

        await asyncio.gather(*(one_after_another() for _ in range(at_once)))
        while await self._anyone_unfinished():  # noqa: ASYNC110  # another process works, at its own pace
            await asyncio.sleep(0.1)
        return time.perf_counter() - begun

    async def latencies(self, prefix: str, count: int, per_second: float) -> list[float]:
        """Milliseconds from ringing to the end of a workflow that waits, at a steady rate; sorted."""
        waits = [asyncio.create_task(self.start_and_wait(f"{prefix}{number}")) for number in range(count)]
        await asyncio.sleep(1 + count / 100)  # they all wait for their event by then
        rings = [asyncio.create_task(self._timed(f"{prefix}{n}", waits[n], n / per_second)) for n in range(count)]
        return sorted(await asyncio.gather(*rings))

    async def _timed(self, instance: str, wait: asyncio.Task[None], pause: float) -> float:
        await asyncio.sleep(pause)
        begun = time.perf_counter()
        await self.ring(instance)
        await wait
        return (time.perf_counter() - begun) * 1000

    async def _anyone_unfinished(self) -> bool:
        async with self.http.get(UNFINISHED) as answer:
            return bool(await answer.json())


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Caller]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        yield Caller(session)
