"""Lets the other process of the platform advance the virtual time of this one. Not a part of Azure's host."""

import asyncio
import json
from contextlib import suppress
from datetime import datetime

import aiohttp
from aiohttp import web

from local.rfc3339 import from_text, to_text
from local.virtual_time import Standing, VirtualClock

PATH = "/admin/local/clock"
LONGEST_WAIT_SECONDS = 0.25
"""In real time: what an answer is kept back for may change on the asking side meanwhile, so it asks again."""


async def move(clock: VirtualClock, request: web.Request) -> web.Response:
    """POST {"spare", "now"?}: move to `now`, and answer {"atWork", "nextDue"} when no more than `spare` is in hand."""
    body = json.loads(await request.read())
    if body["now"]:
        clock.set(from_text(body["now"]))
        clock.wake()
    with suppress(TimeoutError):
        await asyncio.wait_for(clock.work.until_at_most(body["spare"]), LONGEST_WAIT_SECONDS)
    due = clock.next_due()
    return web.json_response({"atWork": clock.work.total, "nextDue": due and to_text(due)})


class HostProcess:
    """The host, as the other process sees it. `key` is its master key, if it asks for one."""

    def __init__(self, http: aiohttp.ClientSession, host_url: str, key: str | None = None) -> None:
        self._http, self._url = http, host_url + PATH
        self._headers = {"x-functions-key": key} if key else {}

    async def settled(self, spare: int, now: datetime | None = None) -> Standing:
        body = {"spare": spare, "now": now and to_text(now)}
        async with self._http.post(self._url, json=body, headers=self._headers) as answer:
            standing = await answer.json()
        due = standing["nextDue"]
        return Standing(standing["atWork"], due and from_text(due))
