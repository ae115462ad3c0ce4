"""`python -m local serve`: the app on its host and the stand-ins beside it, as two processes that live together."""

import asyncio
import shlex
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

import aiohttp

from local.environment import environment_of
from local.host.http.keys import keys_of
from local.host.starting.before_start import check_data_directory, check_engine, check_ports
from local.host.starting.host_json import read_host_json
from local.host.starting.settings_file import cors_of, settings_of
from local.serving import USUAL, Serving
from local.together import Program, live_together, part, somebody_answers
from local.virtual_time import clock_of

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Plan:
    """Where everything goes."""

    port: int
    local_port: int
    data_directory: Path
    clock: str
    auth: str | None

    @property
    def programs(self) -> list[Program]:
        both = ["--data", str(self.data_directory), "--clock", self.clock, *(["--auth"] if self.auth else [])]
        return [
            part("providers", "--port", str(self.local_port), "--host-port", str(self.port), *both),
            part("host", "--app", ".", "--port", str(self.port), *both),
        ]


def run(port: int, local_port: int, data_directory: Path, clock: str, auth: str | None = None) -> int:
    """Serve until SIGINT or SIGTERM, then return 0; 1 when one of the two processes ends.

    `clock`: "real" or "virtual". `auth`: None, "keys" or "roles". Raises `CannotStart`, before anything has started.
    """
    check_ports(port, local_port)
    check_data_directory(data_directory)
    check_engine(data_directory)
    read_host_json(Path("host.json"))
    from_file = settings_of(Path())
    cors_of(Path())
    clock_of(clock, data_directory)  # both processes begin at the time that this keeps
    if auth:
        keys_of(data_directory)  # drawn before two processes could do so at the same time
    plan = Plan(port, local_port, data_directory.resolve(), clock, auth)
    environment, setup_key = environment_of(plan.data_directory, local_port, from_file), None
    if auth == "roles":
        secret = token_urlsafe(32)
        setup_key = f"lf_setup_{secret}"
        environment |= {"ACCESS": "roles", "ADMIN_KEY_DIGEST": sha256(secret.encode()).hexdigest()}
    serving = Serving(port, local_port)
    try:
        return asyncio.run(live_together(plan.programs, environment, _greet(plan, serving, setup_key)))
    finally:
        serving.forget(plan.data_directory)


async def _greet(plan: Plan, serving: Serving, setup_key: str | None) -> None:
    """Say where things are, once both processes answer."""
    for port in (plan.port, plan.local_port):
        await somebody_answers(port)
    serving.tell(plan.data_directory)
    app, stand_ins = serving.url, serving.local_url
    print(
        f"""
Landfall is running. Ctrl-C stops it; what it knows stays in {plan.data_directory}.

  Send a message   POST {app}/api/messages
  Try the API      {app}/api/docs
  Health           {app}/api/health
  Inbox            {stand_ins}/local/inbox
  Ledger           {stand_ins}/local/ledger
  Stand-ins        {stand_ins}/local/health
  Workflows        {app}/runtime/webhooks/durabletask/instances
{await _sign_in(app, setup_key) if setup_key else ""}
See it work, from another terminal: {_demo(serving)}
""",
        flush=True,
    )


async def _sign_in(app: str, setup_key: str) -> str:
    """A link for a browser, and the key with every role, which is drawn anew at every start."""
    headers = {"X-Api-Key": setup_key}
    async with aiohttp.ClientSession() as http, http.post(f"{app}/api/access/links", headers=headers) as answer:
        link = (await answer.json()).get("url", f"cannot be had: {answer.status}")
    return f"""
  Sign in          {link}   once, within five minutes
  API key          {setup_key}   in the header X-Api-Key, until this stops
"""


def _demo(serving: Serving) -> str:
    """The command that can be pasted, from the directory in which this was started."""
    make = "make" if Path.cwd() == REPOSITORY else f"make -C {shlex.quote(str(REPOSITORY))}"
    ports = "" if serving == USUAL else f" APP_PORT={serving.port} LOCAL_PORT={serving.local_port}"
    return f"{make} demo{ports}"
