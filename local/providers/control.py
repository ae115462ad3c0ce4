"""The control API of the stand-ins, for tests, the demo and people."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from local.event_grid.topic import Topic
from local.home_page import home_page
from local.providers import ledger, reading
from local.providers.clock_control import advance_clock, show_clock
from local.providers.communication import SENDING
from local.providers.faults import CHANNEL_FAULTS, CUSTOM_TOPIC, EVENT_GRID, TOPIC_FAULTS, Fault
from local.providers.inbox import CONTENT_SECURITY_POLICY, inbox_page
from local.providers.ledger import Effect
from local.providers.refusals import Refusal, invalid
from local.providers.reports import raise_reply, raise_report

TOPIC = web.AppKey("topic", Topic)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def control_routes() -> list[web.RouteDef]:
    """Everything under /local, and the page that leads there."""
    return [
        web.get("/", _home),
        web.get("/local/health", _health),
        web.get("/local/ledger", _ledger),
        web.delete("/local/ledger", _clear_ledger),
        web.get("/local/inbox", _inbox),
        web.get("/local/inbox/{address}", _inbox),
        web.get("/local/events", _events),
        web.post("/local/replies", _plain(_reply)),
        web.post("/local/receipts", _plain(_receipt)),
        web.post("/local/faults", _plain(_order_fault)),
        web.delete("/local/faults", _call_off_faults),
        web.get("/local/clock", show_clock),
        web.post("/local/clock", _plain(advance_clock)),
    ]


def _plain(handler: Handler) -> Handler:
    """The handler, with its refusals as {"error": text}."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return web.json_response({"error": refusal.message}, status=refusal.status)

    return answer


async def _home(_: web.Request) -> web.Response:
    links = {
        "/local/inbox": "what has arrived, as its receivers see it",
        "/local/ledger": "everything that was sent",
        "/local/events": "what the app has published to the custom topic",
        "/local/clock": "what time it is",
        "/local/health": "whether the stand-ins run, and which subscriptions are validated",
    }
    return home_page("The stand-ins of Landfall", links.items())


async def _health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", **request.app[SENDING].event_grid.status()})


async def _ledger(request: web.Request) -> web.Response:
    attempt_id, to = request.query.get("attemptId"), request.query.get("to")
    if to is not None:
        to = to.replace(" ", "+")  # a plus that nobody has escaped; no address holds a space
    return web.json_response([each.to_json() for each in _effects(request, attempt_id=attempt_id, to=to)])


async def _clear_ledger(request: web.Request) -> web.Response:
    store = request.app[SENDING].store
    await store.write(ledger.clear)
    await store.empty_log()  # what was said is nowhere in the files then
    return web.Response(status=204)


async def _inbox(request: web.Request) -> web.Response:
    """Of one address, or of all."""
    address = request.match_info.get("address")
    messages = _effects(request, to=address)
    if "text/html" not in request.headers.get("Accept", ""):
        return web.json_response([each.to_json() for each in messages])
    page = inbox_page(f"Inbox of {address}" if address else "All messages", messages)
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return web.Response(text=page, content_type="text/html", headers=headers)


async def _events(request: web.Request) -> web.Response:
    return web.json_response(request.app[TOPIC].published())


async def _reply(request: web.Request) -> web.Response:
    body = reading.json_object(await request.read())
    channel, from_ = reading.text(body, "channel"), reading.text(body, "from")
    event = await raise_reply(request.app[SENDING], channel, from_, reading.text(body, "text"))
    return web.json_response({"messageId": event["data"]["messageId"]}, status=202)


async def _receipt(request: web.Request) -> web.Response:
    body = reading.json_object(await request.read())
    channel, status = reading.text(body, "channel"), reading.text(body, "status")
    attempt_id = reading.optional_text(body, "attemptId")
    provider_message_id = reading.optional_text(body, "providerMessageId")
    if attempt_id is None and provider_message_id is None:
        raise invalid("attemptId", "One of attemptId and providerMessageId is required.")
    found = _effects(request, attempt_id=attempt_id, provider_message_id=provider_message_id)
    messages = [effect for effect in found if effect.channel == channel]
    if not messages:
        raise Refusal(404, "NotFound", "The ledger has no such message on this channel.")
    reason = reading.optional_text(body, "reason")
    await raise_report(request.app[SENDING], messages, status, reason)
    return web.json_response({"reports": len(messages)}, status=202)


async def _order_fault(request: web.Request) -> web.Response:
    body = reading.json_object(await request.read())
    target, fault = _read_fault(body)
    request.app[SENDING].faults.arm(target, fault)
    return web.Response(status=204)


def _read_fault(body: dict[str, Any]) -> tuple[str, Fault]:
    kind, times, seconds = reading.text(body, "fault"), body.get("times", 1), body.get("seconds", 5)
    if type(times) is not int or times < 1:
        raise invalid("times", "times is a whole number from 1.")
    if type(seconds) not in (int, float) or not 0 <= seconds <= 3600:
        raise invalid("seconds", "seconds is a number from 0 to 3600.")
    if kind == "delivery":
        return EVENT_GRID, Fault(kind, times)
    if kind not in CHANNEL_FAULTS:
        raise invalid("fault", f"fault is one of {', '.join(CHANNEL_FAULTS)}, delivery.")
    channel = reading.text(body, "channel")
    if channel not in ("sms", "email", "whatsapp", CUSTOM_TOPIC):
        raise invalid("channel", "channel is one of sms, email, whatsapp, topic.")
    if channel == CUSTOM_TOPIC and kind not in TOPIC_FAULTS:
        raise invalid("fault", f"fault is one of {', '.join(TOPIC_FAULTS)} on the topic.")
    return channel, Fault(kind, times, seconds)


async def _call_off_faults(request: web.Request) -> web.Response:
    request.app[SENDING].faults.call_off()
    return web.Response(status=204)


def _effects(request: web.Request, **wanted: str | None) -> list[Effect]:
    return ledger.effects(request.app[SENDING].store.reader, **wanted)
