"""A group of processes: when one of them ends, or on request, all of them end."""

import asyncio
import errno
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import partial

TIMEOUT_AT_THE_END_SECONDS = 10
PAUSE_SECONDS = 0.03


@dataclass(frozen=True)
class Program:
    """One of the processes. It starts when somebody answers on the port `after`; at once without one.

    One that is not `ours` may have started others, and is ended together with them.
    """

    name: str
    command: list[str]
    after: int | None = None
    ours: bool = False


def part(name: str, *arguments: str) -> Program:
    """A command of `python -m local`, which ends by itself when we do, even by `kill -9`."""
    return Program(name, [sys.executable, "-m", "local", name, *arguments, "--until-stdin-ends"], ours=True)


async def live_together(
    programs: Sequence[Program], environment: dict[str, str], greeting: Coroutine[None, None, None]
) -> int:
    """Run until SIGINT, SIGTERM or SIGHUP, then return 0; 1 when one of them ends by itself, which is said."""
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    stop, greet = asyncio.create_task(asked_to_stop.wait()), asyncio.create_task(greeting)
    lives = [asyncio.create_task(_live(program, environment), name=program.name) for program in programs]
    await asyncio.wait({*lives, stop}, return_when=asyncio.FIRST_COMPLETED)
    died = [life for life in lives if life.done()]
    for task in (stop, greet, *lives):
        task.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    if asked_to_stop.is_set():
        return 0
    for life in died:
        print(f"The {life.get_name()} process ended with status {life.result()}, so everything stops.")
    return 1


async def somebody_answers(port: int) -> None:
    """Return when a process of this machine listens there."""
    while not await _answers(port):  # noqa: ASYNC110  # another process starts, at its own pace
        await asyncio.sleep(PAUSE_SECONDS)


def is_taken(port: int) -> bool:
    return bool(why_not_listen(port))


def why_not_listen(port: int) -> str:
    """Empty when a process of ours can listen there."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
    return ""


async def _live(program: Program, environment: dict[str, str]) -> int:
    """Run it to its end and return its status. When this is cancelled, end it.

    Nothing is ever written to its stdin: the pipe ends with us, however we end.
    """
    if program.after:
        await somebody_answers(program.after)
    process = await asyncio.create_subprocess_exec(
        *program.command, stdin=PIPE, env=environment, start_new_session=not program.ours
    )
    try:
        return await process.wait()
    finally:
        await _end(program, process)


async def _end(program: Program, process: Process) -> None:
    tell = process.send_signal if program.ours else partial(os.killpg, process.pid)
    if process.returncode is None:
        tell(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), TIMEOUT_AT_THE_END_SECONDS)
    except TimeoutError:
        tell(signal.SIGKILL)
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
