"""The demo's message that sleeps through a night, on a platform whose clock is moved."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
from rich.console import Console

from local.demo_platform import ask, running_platform
from local.serving import Serving

DEADLINE_SECONDS = 30
QUIET = {"contactPoints": {"sms": "+14255550123"}, "timeZone": "UTC", "quietHours": [{"from": "21:00", "to": "08:00"}]}


async def through_the_night(console: Console) -> bool:
    """Post at 22:00, and look before and after 8:00; whether it was held and then delivered."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
    timeout = aiohttp.ClientTimeout(total=DEADLINE_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        running_platform(http, (), deadline, clock="virtual") as platform,
    ):
        night = _next_night(datetime.now(UTC))
        await _move(http, platform, night)
        await ask(http, "PUT", f"{platform.url}/api/customers/demo-night", QUIET)
        body = {"customerId": "demo-night", "message": "Good morning", "channels": ["sms"]}
        accepted = await ask(http, "POST", f"{platform.url}/api/messages", body)
        seen = []
        for moment in (night, night + timedelta(hours=9, minutes=59), night + timedelta(hours=10, minutes=1)):
            await _move(http, platform, moment)
            message = await ask(http, "GET", f"{platform.url}/api/messages/{accepted['messageId']}")
            held = f", held until 08:00 ({message['held']['reason']['code']})" if "held" in message else ""
            console.print(f"{moment:%H:%M}    Through the night: {message['status']}{held}", highlight=False)
            seen.append((message["status"], bool(held)))
    return seen == [("accepted", True), ("accepted", True), ("delivered", False)]


def _next_night(now: datetime) -> datetime:
    """22:00 of tomorrow."""
    return (now + timedelta(days=1)).replace(hour=22, minute=0, second=0, microsecond=0)


async def _move(http: aiohttp.ClientSession, platform: Serving, until: datetime) -> None:
    await ask(http, "POST", f"{platform.local_url}/local/clock", {"until": f"{until:%Y-%m-%dT%H:%M:%SZ}"})
