"""Measures the durable engine from outside, on a host in a process of its own."""

import asyncio
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from statistics import median

from bench.host_process import APP, HostProcess
from bench.load import calling
from local.clock import Clock
from local.durable.api.client import Client
from local.durable.engine import Engine
from local.host.app.app_loader import load_app
from local.host.app.worker import Worker

RUNS = 3
WORKFLOWS = 1500
RUNG = 300


async def throughput() -> None:
    """As many workflows of two activities and an event as possible."""
    seconds, cpu = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as data:
            host = HostProcess(Path(data))
            async with calling(host.url) as caller:
                await caller.finish_many("load-warm-", 100, at_once=20)
                before = host.cpu_seconds()
                seconds.append(await caller.finish_many("load-", WORKFLOWS, at_once=50))
                cpu.append(host.cpu_seconds() - before)
            host.stop()
    rates = sorted(WORKFLOWS / each for each in seconds)
    print(f"throughput: {median(rates):.0f} workflows/s (best {rates[-1]:.0f})")
    each = sorted(1000 * used / WORKFLOWS for used in cpu)
    print(f"throughput: {median(each):.2f} ms of CPU per workflow (best {each[0]:.2f})")


async def latency() -> None:
    """From the event to the end of the workflow, at 15 events per second."""
    p50, p99 = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as data:
            host = HostProcess(Path(data))
            async with calling(host.url) as caller:
                times = await caller.latencies("load-", RUNG, per_second=15)
            host.stop()
        p50.append(times[len(times) // 2])
        p99.append(times[len(times) * 99 // 100])
    print(f"latency: p50 {median(p50):.1f} ms, p99 {median(p99):.1f} ms (best p99 {min(p99):.1f})")


async def waiting() -> None:
    """What 100, 10,000 and 100,000 waiting workflows cost: memory, the next start, and the time to answer an event."""
    runs: dict[int, list[tuple[float, int, float]]] = {100: [], 10_000: [], 100_000: []}
    for _ in range(RUNS):
        for count, results in runs.items():
            results.append(await _with_waiting(count))
    _, base_memory, base_p99 = _medians(runs[100])
    for count, results in runs.items():
        ready, memory, p99 = _medians(results)
        print(
            f"waiting: {count:,}: ready in {ready:.1f} s, {(memory - base_memory) / count:.0f} bytes each, "
            f"p99 {p99:.1f} ms ({p99 / base_p99:.2f} x that of 100)"
        )


async def sequence() -> None:
    """One workflow of many activities: how the engine's own share of the CPU grows, and how often it syncs."""
    per_turn = {}
    for count in (250, 1000):
        with tempfile.TemporaryDirectory() as data:
            engine_ms, sdk_ms, syncs = await _in_a_row(Path(data), count)
        per_turn[count] = engine_ms
        print(f"sequence: {count}: {engine_ms:.2f} ms of engine, {sdk_ms:.2f} ms of SDK, {syncs:.2f} syncs per turn")
    print(f"sequence: four times the length is {per_turn[1000] / per_turn[250]:.2f} x the engine's time per turn")


async def _with_waiting(count: int) -> tuple[float, int, float]:
    """Seconds to ready, bytes of memory and p99 in milliseconds of a host with so many waiting workflows."""
    with tempfile.TemporaryDirectory() as data:
        await _let_wait(Path(data), count)
        host = HostProcess(Path(data))
        memory = host.memory_bytes()
        async with calling(host.url) as caller:
            times = await caller.latencies("load-", RUNG, per_second=15)
        host.stop()
    return host.ready_seconds, memory, times[len(times) * 99 // 100]


def _medians(results: list[tuple[float, int, float]]) -> list[float]:
    return [median(figures) for figures in zip(*results, strict=True)]


async def _let_wait(data: Path, count: int) -> None:
    """Make one workflow wait, and copy its rows."""
    host = HostProcess(data)
    async with calling(host.url) as caller:
        await caller.start("template")
        await asyncio.sleep(1)
    host.stop()
    with closing(sqlite3.connect(data / "durable.db")) as db, db:
        columns = [name for _, name, *_ in db.execute("PRAGMA table_info(instances)")]
        rest = ", ".join(columns[1:])
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        db.execute(
            f"{numbers} INSERT INTO instances SELECT 'copy-' || i, {rest} FROM instances, n WHERE id = 'template'"
        )
        db.execute(
            f"{numbers} INSERT INTO history SELECT 'copy-' || i, sequence, row FROM history, n "
            "WHERE instance_id = 'template'"
        )


async def _in_a_row(data: Path, count: int) -> tuple[float, float, float]:
    """Milliseconds of CPU per turn for the engine and for the SDK, and syncs per turn."""
    worker = Worker(load_app(APP), "{}")
    sdk, commits = [0.0], Counter[str]()
    call = worker.run_orchestrator

    def timed(name: str, payload: str) -> str:
        begun = time.thread_time()
        try:
            return call(name, payload)
        finally:
            sdk[0] += time.thread_time() - begun

    worker.run_orchestrator = timed  # type: ignore[method-assign]
    engine = Engine(data, worker, Clock(), load_app(APP).host.limits)
    engine.storage._commits._writer.set_trace_callback(lambda statement: commits.update([statement]))
    engine.start()
    client = Client(engine)
    begun = time.process_time()
    await client.start_new("in_a_row", "mine", f'"{count}"')
    await client.until("mine", lambda instance: not instance.is_live)
    used = time.process_time() - begun
    await engine.stop()
    engine.storage.close()
    worker.stop()
    return 1000 * (used - sdk[0]) / count, 1000 * sdk[0] / count, commits["COMMIT"] / count
