"""`python -m local serve`: the app on its host and the stand-ins beside it, as two processes that live together."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from local.environment import environment_of
from local.host.cannot_start import CannotStart
from local.host.keys import keys_of
from local.host.settings_file import settings_of
from local.together import Program, is_taken, live_together, part, somebody_answers
from local.virtual_time import clock_of


@dataclass(frozen=True)
class Plan:
    """Where everything goes."""

    port: int
    local_port: int
    data_directory: Path
    clock: str
    auth: bool

    @property
    def programs(self) -> list[Program]:
        both = ["--data", str(self.data_directory), "--clock", self.clock, *(["--auth"] if self.auth else [])]
        return [
            part("providers", "--port", str(self.local_port), "--host-port", str(self.port), *both),
            part("host", "--app", ".", "--port", str(self.port), *both),
        ]


def run(port: int, local_port: int, data_directory: Path, clock: str, *, auth: bool = False) -> int:
    """Serve until SIGINT or SIGTERM, then return 0; 1 when it cannot start or one of the two processes ends.

    `clock`: "real" or "virtual".
    """
    for each in (port, local_port):
        if is_taken(each):
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
    environment = environment_of(plan.data_directory, local_port, from_file)
    return asyncio.run(live_together(plan.programs, environment, _greet(plan)))


async def _greet(plan: Plan) -> None:
    """Say where things are, once both processes answer."""
    for port in (plan.port, plan.local_port):
        await somebody_answers(port)
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
