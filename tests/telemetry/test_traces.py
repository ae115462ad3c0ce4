"""One trace for each message, from the request to the outcome."""

from opentelemetry.trace import StatusCode, format_trace_id

from telemetry.traces import request_span, span

FAILED_SMS, SILENT_SMS, EMAIL = "+14255550101", "+14255550102", "ada@example.com"
CALLERS = "0af7651916cd43dd8448eb211c80319c"
FALLBACK = [
    "accept message",
    "submit sms",
    "send",
    "record report",
    "take_next_step",
    "submit email",
    "send",
    "record report",
    "take_next_step",
]


async def test_a_message_is_one_trace_from_the_request_over_a_fallback_to_its_outcome(platform, listener):
    message_id = await platform.post(to={"sms": FAILED_SMS, "email": EMAIL}, channels=["sms", "email"])
    await platform.advance(minutes=1)

    assert (await platform.message(message_id))["status"] == "delivered"
    assert len(listener.traces()) == 1
    assert sorted(listener.names()) == sorted(FALLBACK)
    first, last = listener.spans[listener.names().index("accept message")], listener.spans[-1]
    assert [span.attributes["landfall.message.id"] for span in (first, last)] == [message_id, message_id]
    assert [span.attributes["landfall.status"] for span in (first, last)] == ["accepted", "delivered"]


async def test_a_message_keeps_its_trace_when_the_app_is_started_again(platform, listener):
    await platform.post(to={"sms": SILENT_SMS, "email": EMAIL}, channels=["sms", "email"])
    await platform.settled()
    await platform.restart()
    await platform.advance(minutes=10)

    assert "send" in listener.names()
    assert len(listener.traces()) == 1


async def test_each_message_has_a_trace_of_its_own(platform, listener):
    for _ in range(2):
        await platform.post(to={"sms": "+14255550123"}, channels=["sms"])
    await platform.advance(minutes=1)

    assert len(listener.traces()) == 2


async def test_a_message_continues_the_trace_of_its_caller(platform, listener):
    body = {"customerId": "ada", "message": "Hello", "to": {"sms": "+14255550123"}}
    headers = {"traceparent": f"00-{CALLERS}-b7ad6b7169203331-01"}
    assert (await platform.call("POST", "/api/messages", body, headers)).status == 202
    await platform.advance(minutes=1)

    assert listener.traces() == {CALLERS}
    assert "record report" in listener.names()


def test_a_request_within_a_span_of_the_host_is_a_part_of_that(listener):
    """Azure's worker lends us one where its own telemetry is on."""
    with (
        span("of the host") as hosts,
        request_span("accept message", {"traceparent": f"00-{CALLERS}-b7ad6b7169203331-01"}),
    ):
        pass

    [accepted] = [ended for ended in listener.spans if ended.name == "accept message"]
    assert accepted.parent == hosts.get_span_context()


async def test_a_traceparent_that_makes_no_sense_does_no_harm(platform, listener):
    body = {"customerId": "ada", "message": "Hello", "to": {"sms": "+14255550123"}}
    answer = await platform.call("POST", "/api/messages", body, {"traceparent": "00-ada@example.com"})
    await platform.settled()

    assert answer.status == 202
    assert len(listener.traces()) == 1


async def test_the_hosts_own_spans_of_a_workflow_belong_to_the_trace_of_its_message(platform, listener):
    """The Durable extension continues what the SDK's client hands it, as the header of the call that starts it."""
    started = []
    handle = platform.host._management.handle

    async def watched(request, path):
        if "orchestrators/deliver_message" in path:
            started.append(request.headers["traceparent"])
        return await handle(request, path)

    platform.host._management.handle = watched
    await platform.post(to={"sms": "+14255550123"}, channels=["sms"])
    await platform.settled()

    [accepted] = [span for span in listener.spans if span.name == "accept message"]
    assert started[0].split("-")[1] == format_trace_id(accepted.context.trace_id)


async def test_a_failure_is_told_by_its_type_alone(platform, listener):
    answer = await platform.call("POST", "/api/messages", {"customerId": "ada", "message": "Hello", "to": {"sms": "x"}})

    assert answer.status == 400
    [refused] = listener.spans
    assert (refused.status.status_code, refused.attributes["error.type"]) == (StatusCode.ERROR, "InvalidMessage")
    assert (refused.events, refused.status.description) == ((), None)
