"""`python -m local serve`: the app on its host and the stand-ins beside it, as two processes that live together."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from local.environment import OF_THE_PLATFORM, app_environment
from local.host.cannot_start import CannotStart
from local.host.keys import keys_of
from local.host.settings_file import settings_of
from local.virtual_time import clock_of

PATIENCE_AT_THE_END_SECONDS = 10
PAUSE_SECONDS = 0.03


@dataclass(frozen=True)
class Plan:
    """Where everything goes."""

    port: int
    local_port: int
    data_directory: Path
    clock: str
    auth: bool

    @property
    def commands(self) -> dict[str, list[str]]:
        """The arguments of each process, by the name we call it."""
        both = ["--data", str(self.data_directory), "--clock", self.clock, *(["--auth"] if self.auth else [])]
        host = ["host", "--app", ".", "--port", str(self.port), *both]
        providers = ["providers", "--port", str(self.local_port), "--host-port", str(self.port), *both]
        return {"providers": providers, "host": host}

    def environment(self, from_file: dict[str, str]) -> dict[str, str]:
        """The caller's own goes before local.settings.json, and that before ours.

        But where the stand-ins and the store are, the flags say: else a file made for other ports or another
        directory, or for providers that send in earnest, would quietly take the app away from this platform.
        """
        ours = app_environment(self.data_directory, self.local_port)
        file = {name: value for name, value in from_file.items() if name not in OF_THE_PLATFORM}
        return {**ours, **file, **os.environ}


def run(port: int, local_port: int, data_directory: Path, clock: str, *, auth: bool = False) -> int:
    """Serve until SIGINT or SIGTERM, then return 0; 1 when it cannot start or one of the two processes ends.

    `clock`: "real" or "virtual".
    """
    for each in (port, local_port):
        if _is_taken(each):
            print(f"Port {each} is taken. Stop what uses it, or choose others with --port and --local-port.")
            return 1
    try:
        from_file = settings_of(Path())
        clock_of(clock, data_directory)  # both processes begin at the time that this keeps
    except CannotStart as error:
        print(f"Cannot start: {error}")
        return 1
    if auth:
        keys_of(data_directory)  # drawn before two processes could do so at the same time
    plan = Plan(port, local_port, data_directory.resolve(), clock, auth)
    return asyncio.run(_serve(plan, plan.environment(from_file)))


async def _serve(plan: Plan, environment: dict[str, str]) -> int:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    processes = {name: await _start(arguments, environment) for name, arguments in plan.commands.items()}
    ends = {asyncio.create_task(process.wait(), name=name) for name, process in processes.items()}
    stop, greeting = asyncio.create_task(asked_to_stop.wait()), asyncio.create_task(_greet(plan))
    await asyncio.wait({*ends, stop}, return_when=asyncio.FIRST_COMPLETED)
    died = [end.get_name() for end in ends if end.done()]
    greeting.cancel()
    await asyncio.gather(*(_end(process) for process in processes.values()))
    if asked_to_stop.is_set():
        return 0
    stop.cancel()
    for name in died:
        print(f"The {name} process ended with status {processes[name].returncode}, so everything stops.")
    return 1


async def _start(arguments: list[str], environment: dict[str, str]) -> Process:
    """Nothing is ever written to its stdin: the pipe ends with us, however we end, and the process with the pipe."""
    command = [sys.executable, "-m", "local", *arguments, "--until-stdin-ends"]
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE_AT_THE_END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _greet(plan: Plan) -> None:
    """Say where things are, once both processes answer."""
    for port in (plan.port, plan.local_port):
        while not await _answers(port):  # noqa: ASYNC110  # another process starts, at its own pace
            await asyncio.sleep(PAUSE_SECONDS)
    app, stand_ins = f"http://127.0.0.1:{plan.port}", f"http://127.0.0.1:{plan.local_port}"
    print(
        f"""
Landfall is running. Ctrl-C stops it; what it knows stays in {plan.data_directory}.

  Send a message   POST {app}/api/messages
  Health           {app}/api/health
  Inbox            {stand_ins}/local/inbox
  Ledger           {stand_ins}/local/ledger
  Stand-ins        {stand_ins}/local/health
  Workflows        {app}/runtime/webhooks/durabletask/instances

See it work, from another terminal: python -m local demo
""",
        flush=True,
    )


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _is_taken(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
