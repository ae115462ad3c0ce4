"""The platform for the demo: a running one, else a new one that ends with the demo."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import aiohttp

from local.serving import Serving

REPOSITORY = Path(__file__).parents[1]
TIMEOUT_AT_THE_END_SECONDS = 5
PAUSE_SECONDS = 0.1
Clock = Literal["real", "virtual"]


class PlatformFailed(Exception):
    """The platform did not start, or does not answer as it should; the message says how."""


@asynccontextmanager
async def running_platform(
    http: aiohttp.ClientSession, known: Sequence[Serving], deadline: float, clock: Clock = "real"
) -> AsyncIterator[Serving]:
    """The first of the known platforms that runs, else a new one on free ports; its data goes with it.

    Raises `PlatformFailed` when it is not ready by the deadline, in the event loop's time.
    """
    for platform in known:
        if await _is_ready(http, platform, clock):
            yield platform
            return
    with TemporaryDirectory(prefix="landfall-demo-", ignore_cleanup_errors=True) as directory:
        platform = Serving(_free_port(), _free_port())
        process = await _serve(Path(directory), platform, clock)
        try:
            if not await _becomes_ready(process, platform, http, deadline, clock):
                raise PlatformFailed(f"The platform did not start. It said:\n{_last_words(Path(directory))}")
            yield platform
        finally:
            await _end(process)


async def ask(http: aiohttp.ClientSession, method: str, url: str, body: Any = None) -> Any:
    """The JSON of the answer. Raises `PlatformFailed` when there is none, or one that refuses."""
    try:
        async with http.request(method, url, json=body) as answer:
            if answer.ok:
                return await answer.json()
            raise PlatformFailed(f"{method} {url} was answered {answer.status}: {await answer.text()}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise PlatformFailed(f"{method} {url} was not answered: {error!r}") from error


async def _becomes_ready(
    process: Process, platform: Serving, http: aiohttp.ClientSession, deadline: float, clock: Clock
) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            while process.returncode is None:
                if await _is_ready(http, platform, clock):
                    return True
                await asyncio.sleep(PAUSE_SECONDS)
    return False


async def _serve(directory: Path, platform: Serving, clock: Clock) -> Process:
    ports = ["--port", str(platform.port), "--local-port", str(platform.local_port)]
    flags = [*ports, "--data", str(directory / "data"), "--clock", clock]
    with (directory / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "local", "serve", *flags),
            cwd=REPOSITORY,
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # its whole group can be ended, and Ctrl-C comes to the demo alone
        )


async def _end(process: Process) -> None:
    """Ask it to end, then make sure that no process of its group is left."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), TIMEOUT_AT_THE_END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _is_ready(http: aiohttp.ClientSession, platform: Serving, clock: Clock) -> bool:
    """Whether the app says that it is healthy, to somebody without a key, and has this clock."""
    told = await _answer(http, f"{platform.local_url}/local/clock")
    return bool(told and told.get("clock") == clock and await _answer(http, f"{platform.url}/api/health"))


async def _answer(http: aiohttp.ClientSession, url: str) -> Any:
    """The JSON of an answer of 200; None of any other, or without one."""
    try:
        async with http.get(url) as answer:
            return await answer.json() if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _last_words(directory: Path) -> str:
    log = (directory / "log").read_text(errors="replace")
    return "\n".join(log.splitlines()[-20:]) or "it said nothing"
