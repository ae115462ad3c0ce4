"""`make demo`: sends six messages, shows their progress, and checks the results from outside.

The demo only uses the HTTP API. Five messages run in real time, and one sleeps through a night in virtual time.
"""

import asyncio
import secrets
from contextlib import suppress
from pathlib import Path
from time import monotonic

import aiohttp
from rich.console import Console

from local.demo_night import through_the_night
from local.demo_platform import PlatformFailed, ask, running_platform
from local.demo_screen import Tell, Timeline, print_results, watching
from local.demo_stories import Json, faults, stories_of
from local.serving import USUAL, Serving, told_in

DEADLINE_SECONDS = 45
ONE_CALL_SECONDS = 5
PAUSE_SECONDS = 0.05
INTERRUPTED = 130  # what a shell reports after Ctrl-C


def run(port: int | None, local_port: int | None, data_directory: Path) -> int:
    """Send, watch and check; 0 when all results are as expected, else 1.

    On the platform with these ports. Without any, on the one that serves on this data directory or on the usual ports.
    Where none runs, on one of its own.
    """
    console = Console()
    timelines = [Timeline(story) for story in stories_of(run=secrets.token_hex(3))]
    try:
        ledger = asyncio.run(_demonstrate(_known(port, local_port, data_directory), console, timelines))
        slept = asyncio.run(through_the_night(console))
    except PlatformFailed as failure:
        console.print(str(failure), style="red", highlight=False, markup=False)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    print_results(console, timelines, ledger)
    wrong = any(faults(timeline.story, timeline.message, ledger) for timeline in timelines)
    return 1 if wrong or not slept else 0


def _known(port: int | None, local_port: int | None, data_directory: Path) -> list[Serving]:
    if port or local_port:
        return [Serving(port or USUAL.port, local_port or USUAL.local_port)]
    told = told_in(data_directory)
    return [told, USUAL] if told else [USUAL]


async def _demonstrate(known: list[Serving], console: Console, timelines: list[Timeline]) -> list[Json]:
    """Watch every message until it ends or the time is up; return the ledger."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
    timeout = aiohttp.ClientTimeout(total=ONE_CALL_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http, running_platform(http, known, deadline) as platform:
        whose = "the platform that runs" if platform in known else "a platform of its own, which ends with it"
        console.print(f"The demo uses {whose}: {platform.url}", highlight=False)
        with watching(console, timelines) as tell, suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await asyncio.gather(*(_follow(http, platform, timelines, mine, tell) for mine in timelines))
        ledger: list[Json] = await ask(http, "GET", f"{platform.local_url}/local/ledger")
        return ledger


async def _follow(
    http: aiohttp.ClientSession, platform: Serving, timelines: list[Timeline], mine: Timeline, tell: Tell
) -> None:
    """Post one message and look at it until all are over: reports may still come after the end, "read" for one.

    What the API refuses is the trouble of this message alone.
    """
    url = platform.url
    try:
        for method, path, body in mine.story.before:
            await ask(http, method, f"{url}{path}", body)
        posted_at, has_said = monotonic(), mine.story.says is None
        accepted = await ask(http, "POST", f"{url}/api/messages", mine.story.body)
        while not all(timeline.is_over for timeline in timelines):
            message = await ask(http, "GET", f"{url}/api/messages/{accepted['messageId']}")
            tell(mine, mine.grow(message, monotonic() - posted_at))
            if (says := mine.story.says) and not has_said and monotonic() - posted_at >= says.after:
                reply = {"channel": says.channel, "from": says.number, "text": says.text}
                await ask(http, "POST", f"{platform.local_url}/local/replies", reply)
                has_said = True
            await asyncio.sleep(PAUSE_SECONDS)
    except PlatformFailed as failure:
        mine.trouble = str(failure)
