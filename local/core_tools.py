"""`python -m local func`: the app on Azure Functions Core Tools and Azurite, beside the stand-ins."""

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from local.environment import environment_of
from local.host.starting.before_start import check_data_directory, check_ports
from local.host.starting.cannot_start import CannotStart
from local.host.starting.settings_file import settings_of
from local.together import Program, is_taken, live_together, part, somebody_answers

HOW_TO_GET = {"func": "npm install -g azure-functions-core-tools@4", "azurite": "npm install -g azurite"}

OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME": "python", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
"""The second is Azurite on its own ports, whatever local.settings.json says: the storage of a deployed app holds its
workflows, and a host on a laptop would take its share of them."""

AZURITE = ["azurite", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
"""Without the last it refuses a host whose SDK for storage is newer than itself."""

BLOBS, QUEUES, TABLES = 10000, 10001, 10002
"""The ports that `UseDevelopmentStorage=true` stands for."""


@dataclass(frozen=True)
class Plan:
    """Where everything goes."""

    port: int
    local_port: int
    data_directory: Path

    @property
    def programs(self) -> list[Program]:
        port, local_port, data = str(self.port), str(self.local_port), str(self.data_directory)
        return [
            Program("azurite", [*AZURITE, "--location", str(self.data_directory / "azurite")]),
            part("providers", "--port", local_port, "--host-port", port, "--data", data),
            Program("func", ["func", "start", "--port", port], after=TABLES),  # the last that Azurite opens
        ]

    def environment(self, from_file: dict[str, str]) -> dict[str, str]:
        """Core Tools take a variable of the environment before local.settings.json, so nothing needs to be written.

        They run the first `python` in the PATH: ours, which has what the app needs.
        """
        file = {name: value for name, value in from_file.items() if name not in OF_THE_HOST}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**OF_THE_HOST, **environment_of(self.data_directory, self.local_port, file), "PATH": path}


def run(port: int, local_port: int, data_directory: Path) -> int:
    """Serve until SIGINT or SIGTERM, then return 0; 1 when one of the processes ends.

    Raises `CannotStart`, before anything has started.
    """
    _check(port, local_port)
    check_data_directory(data_directory)
    from_file = settings_of(Path())
    plan = Plan(port, local_port, data_directory.resolve())
    return asyncio.run(live_together(plan.programs, plan.environment(from_file), _greet(plan)))


def _check(port: int, local_port: int) -> None:
    missing = [f"{name} ({how})" for name, how in HOW_TO_GET.items() if not shutil.which(name)]
    if missing:
        raise CannotStart(f"not found in the PATH: {', '.join(missing)}. `make run` needs neither.")
    check_ports(port, local_port)
    for each in (BLOBS, QUEUES, TABLES):
        if is_taken(each):
            raise CannotStart(f"port {each}, which Azurite needs, is taken. Stop what uses it.")


async def _greet(plan: Plan) -> None:
    """Say where things are, once everybody answers."""
    for port in (plan.local_port, plan.port):
        await somebody_answers(port)
    app, stand_ins = f"http://127.0.0.1:{plan.port}", f"http://127.0.0.1:{plan.local_port}"
    print(
        f"""
Landfall runs on Azure Functions Core Tools. Ctrl-C stops it; what it knows stays in {plan.data_directory}.

  Send a message   POST {app}/api/messages
  Health           {app}/api/health
  Inbox            {stand_ins}/local/inbox
""",
        flush=True,
    )
