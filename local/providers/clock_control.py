"""/local/clock: what time it is on the platform, and moving it, where it is virtual."""

import re
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web

from local.providers import reading
from local.providers.communication import SENDING
from local.providers.refusals import Refusal, invalid
from local.rfc3339 import from_text, to_text
from local.virtual_time import Timeline

TIMELINE = web.AppKey("timeline", Timeline)

_DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


async def show_clock(request: web.Request) -> web.Response:
    """GET: {"now", "clock": "real" or "virtual"}."""
    kind = "virtual" if TIMELINE in request.app else "real"
    return web.json_response({"now": _now(request), "clock": kind})


async def advance_clock(request: web.Request) -> web.Response:
    """POST {"advance": "PT5M"} or {"until": RFC 3339}: {"now"} when all that is due by then has happened."""
    if TIMELINE not in request.app:
        raise Refusal(409, "Conflict", "Time is real here and cannot be moved. Serve with --clock virtual instead.")
    timeline = request.app[TIMELINE]
    until = _until(reading.json_object(await request.read()), timeline.clock.now())
    try:
        await timeline.advance(until)
    except OverflowError:
        raise _no_duration() from None
    except aiohttp.ClientError as error:
        raise Refusal(503, "ServiceUnavailable", f"The host does not answer ({type(error).__name__}).") from None
    return web.json_response({"now": _now(request)})


def _until(body: dict[str, object], now: datetime) -> datetime | timedelta:
    """The moment, or the length of time, that is asked for. Raises `Refusal`."""
    if (advance := reading.optional_text(body, "advance")) is not None:
        return _length(advance)
    try:
        until = from_text(reading.text(body, "until"))
    except ValueError:
        raise invalid("until", "until is a time as RFC 3339 writes it.") from None
    if until < now:
        raise invalid("until", f"Time does not go back: it is {to_text(now)} now.")
    return until


def _length(duration: str) -> timedelta:
    match = _DURATION.fullmatch(duration)
    try:
        if match:
            return timedelta(**{unit: float(count) for unit, count in match.groupdict().items() if count})
    except OverflowError:
        pass
    raise _no_duration()


def _no_duration() -> Refusal:
    return invalid("advance", "advance is a duration of ISO 8601 without years and months, such as PT5M or P3D.")


def _now(request: web.Request) -> str:
    return to_text(request.app[SENDING].clock.now())
