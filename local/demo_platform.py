"""A platform for the demo: the one that runs already, else a fresh one that ends with it."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

REPOSITORY = Path(__file__).parents[1]
PATIENCE_AT_THE_END_SECONDS = 5
PAUSE_SECONDS = 0.1


class PlatformFailed(Exception):
    """The platform did not start, or does not answer as it should; the message says how."""


@dataclass(frozen=True)
class Platform:
    """Where the app and the stand-ins answer."""

    url: str
    local_url: str

    async def is_ready(self, http: aiohttp.ClientSession) -> bool:
        """Whether the app says that it is healthy, and the stand-ins answer too."""
        app, stand_ins = f"{self.url}/api/health", f"{self.local_url}/local/ledger"
        return await _answers(http, app) and await _answers(http, stand_ins)


@asynccontextmanager
async def running_platform(http: aiohttp.ClientSession, usual: Platform, deadline: float) -> AsyncIterator[Platform]:
    """The usual platform if it runs, else a new one with free ports and a data directory that goes with it.

    Raises `PlatformFailed` when it is not ready by the deadline, in the event loop's time.
    """
    if await usual.is_ready(http):
        yield usual
        return
    with TemporaryDirectory(prefix="landfall-demo-", ignore_cleanup_errors=True) as directory:
        port, local_port = _free_port(), _free_port()
        platform = Platform(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{local_port}")
        process = await _serve(Path(directory), port, local_port)
        try:
            if not await _becomes_ready(process, platform, http, deadline):
                raise PlatformFailed(f"The platform did not start. It said:\n{_last_words(Path(directory))}")
            yield platform
        finally:
            await _end(process)


async def _becomes_ready(process: Process, platform: Platform, http: aiohttp.ClientSession, deadline: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            while process.returncode is None:
                if await platform.is_ready(http):
                    return True
                await asyncio.sleep(PAUSE_SECONDS)
    return False


async def _serve(directory: Path, port: int, local_port: int) -> Process:
    flags = ["--port", str(port), "--local-port", str(local_port), "--data", str(directory / "data")]
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
    """Ask it to end, then see to it that nothing of its group is left."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), PATIENCE_AT_THE_END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _last_words(directory: Path) -> str:
    log = (directory / "log").read_text(errors="replace")
    return "\n".join(log.splitlines()[-20:]) or "it said nothing"
