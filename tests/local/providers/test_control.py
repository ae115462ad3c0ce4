"""The control API beside the providers' own."""

import asyncio
import re
from uuid import uuid4

import pytest
from azure.core.exceptions import AzureError, HttpResponseError
from azure.eventgrid import EventGridEvent

from local.environment import SMS_SENDER, WHATSAPP_CHANNEL_ID

ADA = "+14255550123"
CHANNELS = {"sms": ADA, "email": "ada@example.com", "whatsapp": ADA}


async def test_the_ledger_says_what_was_sent_and_can_be_asked_for_an_attempt_or_an_address(clients):
    sms, email = str(uuid4()), str(uuid4())
    message_id = await clients.send_sms(ADA, sms, "Your parcel is here")
    await clients.send_email("ada@example.com", email)

    [row] = await clients.get(f"/local/ledger?attemptId={sms}")
    assert row.pop("at").endswith("Z")
    assert row == {
        "channel": "sms",
        "to": ADA,
        "providerMessageId": message_id,
        "attemptId": sms,
        "content": {"text": "Your parcel is here"},
    }
    assert len(await clients.get(f"/local/ledger?to={ADA}")) == 1
    [row] = await clients.get("/local/ledger?to=Ada@example.com")
    assert row["content"] == {"subject": "A parcel", "text": "Hello", "html": "<p>Hello</p>"}


async def test_an_emptied_ledger_still_knows_a_repetition(clients):
    attempt_id = str(uuid4())
    first = await clients.send_sms(ADA, attempt_id)
    async with clients.http.delete("/local/ledger") as response:
        assert response.status == 204

    assert await clients.send_sms(ADA, attempt_id) == first
    assert await clients.ledger() == []


async def test_an_inbox_is_a_page_for_a_browser_and_runs_nothing_that_a_message_holds(clients):
    await clients.send_sms(ADA, str(uuid4()), "<script>alert(1)</script> & more")
    await clients.send_email("ada@example.com", str(uuid4()), '"><script>alert(2)</script>')
    pages = []
    for path in ("/local/inbox/%2B14255550123", "/local/inbox/ada@example.com"):
        async with clients.http.get(path, headers={"Accept": "text/html"}) as response:
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            pages.append(await response.text())

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in pages[0]
    assert "alert(2)" not in pages[0]
    assert "A parcel" in pages[1]
    assert "<script" not in "".join(pages)


async def test_an_inbox_is_json_for_a_program(clients):
    await clients.send_sms(ADA, str(uuid4()), "Hello")

    assert [row["content"] for row in await clients.get(f"/local/inbox/{ADA}")] == [{"text": "Hello"}]


async def test_a_text_message_from_a_customer_comes_as_an_event_to_our_number(clients, receiver):
    status, answer = await clients.post("/local/replies", {"channel": "sms", "from": ADA, "text": "STOP"})

    [event] = await receiver.wait_for(1)
    assert (status, answer["messageId"]) == (202, event["data"]["messageId"])
    assert event["eventType"] == "Microsoft.Communication.SMSReceived"
    data = {name: event["data"][name] for name in ("from", "to", "message")}
    assert data == {"from": "14255550123", "to": SMS_SENDER.lstrip("+"), "message": "STOP"}


async def test_a_whatsapp_message_from_a_customer_comes_as_an_event_to_our_channel(clients, receiver):
    await clients.post("/local/replies", {"channel": "whatsapp", "from": ADA, "text": "Yes"})

    [event] = await receiver.wait_for(1)
    assert event["eventType"] == "Microsoft.Communication.AdvancedMessageReceived"
    assert (event["data"]["content"], event["data"]["to"]) == ("Yes", WHATSAPP_CHANNEL_ID)


@pytest.mark.parametrize(
    ("channel", "to", "status"),
    [
        ("sms", "+14255550102", "failed"),
        ("email", "silent@example.com", "Bounced"),
        ("whatsapp", "+14255550102", "read"),
    ],
)
async def test_a_report_can_be_asked_for_by_hand(channel, to, status, clients, receiver):
    attempt_id = str(uuid4())
    message_id = await clients.send(channel, to, attempt_id)

    answer = await clients.post("/local/receipts", {"channel": channel, "attemptId": attempt_id, "status": status})

    [event] = await receiver.wait_for(1)
    assert answer == (202, {"reports": 1})
    assert event["data"]["messageId"] == message_id
    assert status.lower() in {str(value).lower() for value in event["data"].values()}


async def test_a_report_by_hand_carries_its_reason(clients, receiver):
    message_id = await clients.send_whatsapp("+14255550102", str(uuid4()))
    receipt = {"channel": "whatsapp", "providerMessageId": message_id, "status": "Failed", "reason": "131047"}
    await clients.post("/local/receipts", receipt)

    [event] = await receiver.wait_for(1)
    assert event["data"]["error"]["channelCode"] == "131047"


@pytest.mark.parametrize("channel", list(CHANNELS))
@pytest.mark.parametrize(("fault", "status"), [("unavailable", 503), ("throttled", 429)])
async def test_an_ordered_refusal_meets_the_next_calls_whatever_the_address(channel, fault, status, clients):
    await clients.post("/local/faults", {"channel": channel, "fault": fault, "times": 2})
    attempt_id = str(uuid4())
    for _ in range(2):
        with pytest.raises(HttpResponseError) as refused:
            await clients.send(channel, CHANNELS[channel], attempt_id)
        assert refused.value.status_code == status

    assert await clients.send(channel, CHANNELS[channel], attempt_id)
    assert len(await clients.ledger()) == 1


@pytest.mark.parametrize("channel", list(CHANNELS))
async def test_an_ordered_cut_comes_after_the_effect(channel, clients):
    await clients.post("/local/faults", {"channel": channel, "fault": "dropped"})
    with pytest.raises(AzureError):
        await clients.send(channel, CHANNELS[channel], str(uuid4()))

    assert len(await clients.ledger()) == 1


async def test_a_held_answer_waits_until_the_faults_are_called_off(clients, receiver):
    await clients.post("/local/faults", {"channel": "sms", "fault": "hold"})
    held = asyncio.create_task(clients.send_sms(ADA, str(uuid4())))
    await receiver.wait_for(1)  # executed, and even reported
    assert not held.done()

    async with clients.http.delete("/local/faults") as response:
        assert response.status == 204

    [row] = await clients.ledger()
    assert await held == row["providerMessageId"]


async def test_a_repetition_of_a_held_call_is_answered_at_once(clients, receiver):
    await clients.post("/local/faults", {"channel": "sms", "fault": "hold"})
    attempt_id = str(uuid4())
    held = asyncio.create_task(clients.send_sms(ADA, attempt_id))
    await receiver.wait_for(1)

    repeated = await clients.send_sms(ADA, attempt_id)

    held.cancel()
    assert [row["providerMessageId"] for row in await clients.ledger()] == [repeated]


async def test_a_slow_answer_comes_after_its_time(clients):
    await clients.post("/local/faults", {"channel": "sms", "fault": "slow", "seconds": 0.2})
    begun = asyncio.get_running_loop().time()

    await clients.send_sms(ADA, str(uuid4()))

    assert asyncio.get_running_loop().time() - begun >= 0.2


async def test_an_ordered_delivery_fault_fails_without_a_call(clients, receiver):
    await receiver.until(lambda: receiver.handshakes == 2)
    await clients.post("/local/faults", {"fault": "delivery"})

    await clients.send_sms("+14255550108", str(uuid4()))  # answers when its report was tried once

    assert receiver.tries == 0
    assert (await clients.get("/local/health"))["pendingDeliveries"] == 1


AN_EVENT = EventGridEvent("subject", "type", {}, "1")


async def test_a_topic_that_is_away_takes_nothing(clients):
    await clients.post("/local/faults", {"channel": "topic", "fault": "unavailable"})

    with pytest.raises(HttpResponseError) as refused:
        await clients.topic.send(AN_EVENT)
    assert refused.value.status_code == 503
    assert await clients.get("/local/events") == []

    await clients.topic.send(AN_EVENT)
    assert len(await clients.get("/local/events")) == 1


async def test_a_topic_that_hangs_takes_nothing_and_refuses_it_when_the_faults_are_called_off(clients):
    await clients.post("/local/faults", {"channel": "topic", "fault": "hold"})
    publishing = [asyncio.create_task(clients.topic.send(AN_EVENT)) for _ in range(2)]
    _, [held] = await asyncio.wait(publishing, return_when=asyncio.FIRST_COMPLETED)

    async with clients.http.delete("/local/faults"):
        pass

    with pytest.raises(HttpResponseError):
        await held
    assert len(await clients.get("/local/events")) == 1


BAD: dict[str, list[object]] = {
    "/local/replies": [
        {"channel": "email", "from": ADA, "text": "x"},
        {"channel": "sms", "from": "x", "text": "x"},
        {"channel": "sms", "from": ADA},
    ],
    "/local/receipts": [{"channel": "sms", "status": "Delivered"}, {"status": "Delivered", "attemptId": "1"}, []],
    "/local/faults": [
        {"fault": "unavailable"},
        {"channel": "sms", "fault": "weather"},
        {"channel": "fax", "fault": "hold"},
        {"channel": "topic", "fault": "slow"},
        {"channel": "sms", "fault": "hold", "times": 0},
        {"channel": "sms", "fault": "slow", "seconds": "long"},
    ],
}


@pytest.mark.parametrize(("path", "body"), [(path, body) for path, bodies in BAD.items() for body in bodies])
async def test_bad_input_is_told_what_is_wrong(path, body, clients):
    status, answer = await clients.post(path, body)

    assert status == 400
    assert answer["error"]


async def test_a_report_of_an_unknown_message_is_not_found_and_one_of_an_unknown_status_is_bad(clients):
    unknown = await clients.post("/local/receipts", {"channel": "sms", "attemptId": "nobody", "status": "Delivered"})
    attempt_id = str(uuid4())
    await clients.send_sms("+14255550102", attempt_id)
    bad = await clients.post("/local/receipts", {"channel": "sms", "attemptId": attempt_id, "status": "Read"})

    assert (unknown[0], bad[0]) == (404, 400)


async def test_the_root_leads_to_everything_that_can_be_looked_at(clients):
    async with clients.http.get("/") as answer:
        page = await answer.text()

    links = re.findall(r'href="([^"]*)"', page)
    assert "/local/inbox" in links
    for link in links:
        await clients.get(link)


async def test_another_method_is_refused_with_those_that_are_allowed(clients):
    async with clients.http.put("/local/faults") as answer:
        assert (answer.status, sorted(answer.headers["Allow"].split(","))) == (405, ["DELETE", "POST"])
