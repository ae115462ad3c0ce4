"""Every line of the table, on every channel, as the SDKs and the webhook see it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from azure.core.exceptions import AzureError, HttpResponseError

from local.providers.behaviours import BEHAVIOURS, behaviour_of
from local.providers.server import Providers
from tests.local.event_grid.manual_clock import MORNING, ManualClock
from tests.local.event_grid.receiver import Event, Receiver
from tests.local.providers.clients import Clients, header

CHANNELS = ["sms", "email", "whatsapp"]
on_every_channel = pytest.mark.parametrize("channel", CHANNELS)


def address(channel: str, behaviour: str | None) -> str:
    if channel == "email":
        return f"{behaviour or 'ada'}+1@example.com"
    digits = next((each.digits for each in BEHAVIOURS if each.name == behaviour), "0123")
    return f"+1425555{digits}"


def status_of(event: Event) -> str:
    """The word for the status, wherever this type of event has it."""
    data = event["data"]
    return str(data.get("deliveryStatus") or data.get("status") or data["engagementType"])


async def statuses(receiver: Receiver, count: int) -> list[str]:
    """Of the reports, once there are so many, as they happened: Event Grid delivers them in no order."""
    events = sorted(await receiver.wait_for(count), key=lambda event: str(event["eventTime"]))
    return [status_of(event) for event in events]


@on_every_channel
async def test_an_ordinary_message_is_delivered(channel, clients, receiver):
    await clients.send(channel, address(channel, None), str(uuid4()))

    expected = ["Sent", "Delivered"] if channel == "whatsapp" else ["Delivered"]
    assert await statuses(receiver, len(expected)) == expected
    assert len(await clients.ledger()) == 1


@on_every_channel
async def test_failed_is_accepted_and_then_reported_as_failed(channel, clients, receiver):
    await clients.send(channel, address(channel, "failed"), str(uuid4()))

    assert await statuses(receiver, 1) == ["Failed"]


async def test_a_failure_says_why_in_the_words_of_the_channel(clients, receiver):
    for channel in CHANNELS:
        await clients.send(channel, address(channel, "failed"), str(uuid4()))
    by_type = {event["eventType"].split(".")[-1]: event["data"] for event in await receiver.wait_for(3)}

    assert by_type["SMSDeliveryReportReceived"]["deliveryStatusDetails"].startswith("4006")
    assert by_type["EmailDeliveryReportReceived"]["deliveryStatusDetails"]["statusMessage"]
    assert by_type["AdvancedMessageDeliveryStatusUpdated"]["error"]["channelCode"] == "131026"


@on_every_channel
async def test_silent_is_accepted_and_never_reported(channel, clients, receiver):
    await clients.send(channel, address(channel, "silent"), str(uuid4()))

    assert (await clients.get("/local/health"))["pendingDeliveries"] == 0
    assert len(await clients.ledger()) == 1


@on_every_channel
async def test_late_is_reported_ten_seconds_later(channel, receiver, tmp_path):
    clock = ManualClock()
    providers = Providers(tmp_path, clock)
    await providers.start()
    providers.deliver_to(receiver.url)
    async with Clients(providers.url) as clients:
        await clients.send(channel, address(channel, "late"), str(uuid4()))
    await clock.until_somebody_sleeps_until(MORNING + timedelta(seconds=10))
    assert "Delivered" not in [status_of(event) for event in receiver.events]

    await clock.advance(seconds=10)

    assert "Delivered" in await statuses(receiver, 2 if channel == "whatsapp" else 1)
    await providers.stop()


@pytest.mark.parametrize("channel", ["email", "whatsapp"])
async def test_rejected_is_refused_with_400_and_no_effect(channel, clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.send(channel, address(channel, "rejected"), str(uuid4()))

    assert refused.value.status_code == 400
    assert header(refused.value, "x-ms-error-code") == "BadRequest"
    assert await clients.ledger() == []


async def test_a_rejected_text_message_is_a_failed_item_in_an_accepted_call(clients):
    [item] = await clients.sms_items([address("sms", "rejected")], str(uuid4()))

    assert (item.successful, item.http_status_code, item.message_id) == (False, 400, None)
    assert await clients.ledger() == []


@on_every_channel
@pytest.mark.parametrize(("behaviour", "status"), [("throttled", 429), ("flaky", 503)])
async def test_the_first_two_calls_of_an_id_are_refused_and_the_third_is_executed(channel, behaviour, status, clients):
    attempt_id, to = str(uuid4()), address(channel, behaviour)
    for _ in range(2):
        with pytest.raises(HttpResponseError) as refused:
            await clients.send(channel, to, attempt_id)
        assert refused.value.status_code == status
        assert header(refused.value, "Retry-After") == ("1" if status == 429 else None)
    assert await clients.ledger() == []

    assert await clients.send(channel, to, attempt_id)

    assert len(await clients.ledger()) == 1


async def test_messy_reports_come_twice_and_delivered_before_sent(clients, receiver):
    await clients.send_whatsapp(address("whatsapp", "messy"), str(uuid4()))

    assert await statuses(receiver, 4) == ["Delivered", "Delivered", "Sent", "Sent"]


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_messy_reports_come_twice(channel, clients, receiver):
    await clients.send(channel, address(channel, "messy"), str(uuid4()))

    assert await statuses(receiver, 2) == ["Delivered", "Delivered"]


@on_every_channel
async def test_early_is_reported_before_the_send_returns(channel, clients, receiver):
    await clients.send(channel, address(channel, "early"), str(uuid4()))

    assert "Delivered" in [status_of(event) for event in receiver.events]


@on_every_channel
async def test_dropped_is_executed_without_an_answer_and_a_repetition_gets_the_first_one(channel, clients, receiver):
    attempt_id, to = str(uuid4()), address(channel, "dropped")
    with pytest.raises(AzureError) as cut:
        await clients.send(channel, to, attempt_id)
    assert not isinstance(cut.value, HttpResponseError)
    await receiver.wait_for(1)

    message_id = await clients.send(channel, to, attempt_id)

    assert [row["providerMessageId"] for row in await clients.ledger()] == [message_id]


@on_every_channel
async def test_read_is_delivered_and_then_opened(channel, clients, receiver):
    await clients.send(channel, address(channel, "read"), str(uuid4()))

    expected = {
        "sms": ["Delivered"],
        "email": ["Delivered", "view", "click"],
        "whatsapp": ["Sent", "Delivered", "Read"],
    }
    assert await statuses(receiver, len(expected[channel])) == expected[channel]


def test_an_email_address_chooses_by_its_local_part_before_a_suffix_in_any_case():
    assert behaviour_of("Silent+42@example.com").name == "silent"
    assert behaviour_of("silent.movies@example.com").name == "ordinary"


async def test_many_at_once_all_arrive(clients, receiver):
    await asyncio.gather(*(clients.send_sms(address("sms", None), str(uuid4())) for _ in range(50)))

    assert len({event["data"]["Tag"] for event in await receiver.wait_for(50)}) == 50


@pytest.mark.parametrize(("behaviour", "status"), [(None, "Succeeded"), ("silent", "Succeeded"), ("failed", "Failed")])
async def test_the_operation_of_an_email_tells_whether_it_was_handed_over(behaviour, status, clients):
    operation_id = await clients.send("email", address("email", behaviour), str(uuid4()))

    operation = await clients.email_status(operation_id)

    assert operation["status"] == status
    assert ("error" in operation) is (status == "Failed")
