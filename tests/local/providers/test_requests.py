"""What the providers' own rules refuse, before anything happens."""

from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError

from local.environment import EMAIL_SENDER, SMS_SENDER, WHATSAPP_CHANNEL_ID
from tests.local.providers.clients import header

EMAIL = {
    "senderAddress": EMAIL_SENDER,
    "recipients": {"to": [{"address": "ada@example.com"}]},
    "content": {"subject": "A parcel"},
}
WHATSAPP = {"channelRegistrationId": WHATSAPP_CHANNEL_ID, "to": ["+14255550123"], "kind": "text", "content": "Hello"}


async def test_a_number_that_is_none_fails_alone_among_its_recipients(clients):
    items = await clients.sms.send(SMS_SENDER, ["+14255550123", "0123", "+14255550124"], "Hello")

    assert [item.http_status_code for item in items] == [202, 400, 202]
    assert [row["to"] for row in await clients.ledger()] == ["+14255550123", "+14255550124"]


@pytest.mark.parametrize(
    ("to", "text"), [([], "Hello"), (["+14255550123"] * 101, "Hello"), (["+14255550123"], "x" * 2049)]
)
async def test_a_text_message_beyond_the_limits_is_refused(to, text, clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.sms.send(SMS_SENDER, to, text)

    assert refused.value.status_code == 400
    assert header(refused.value, "Content-Type") == "application/problem+json; charset=utf-8"


async def test_a_date_that_is_not_of_rfc_1123_makes_no_repeatable_request(clients):
    [item] = await clients.sms_items(["+14255550123"], str(uuid4()), first_sent="2026-03-02T09:00:00Z")
    with pytest.raises(HttpResponseError) as refused:
        await clients.send_whatsapp("+14255550123", str(uuid4()), first_sent="2026-03-02T09:00:00Z")

    assert (item.http_status_code, refused.value.status_code) == (400, 400)
    assert header(refused.value, "Repeatability-Result") == "rejected"


async def test_a_message_without_a_wish_for_reports_has_none(clients, receiver):
    await clients.sms.send(SMS_SENDER, "+14255550108", "Hello")  # would answer after its report

    assert (await clients.get("/local/health"))["pendingDeliveries"] == 0
    assert receiver.events == []


@pytest.mark.parametrize(
    "change",
    [
        {"senderAddress": "nobody"},
        {"recipients": {"to": []}},
        {"recipients": {"to": [{"address": "ada"}]}},
        {"recipients": {"to": [{"address": "ada@example.com"}] * 51}},
        {"content": {"plainText": "Hello"}},
    ],
)
async def test_an_email_with_a_fault_is_refused(change, clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.email.begin_send({**EMAIL, **change}, polling=False)

    assert refused.value.status_code == 400
    assert await clients.ledger() == []


async def test_an_operation_id_must_be_a_uuid(clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.email.begin_send(EMAIL, polling=False, operation_id="mine")

    assert refused.value.status_code == 400


async def test_every_recipient_of_an_email_is_a_row_and_a_report(clients, receiver):
    recipients = {"to": [{"address": "ada@example.com"}], "cc": [{"address": "bob@example.com"}]}
    await clients.email.begin_send({**EMAIL, "recipients": recipients}, polling=False)

    reported = {event["data"]["recipient"] for event in await receiver.wait_for(2)}
    assert reported == {row["to"] for row in await clients.ledger()} == {"ada@example.com", "bob@example.com"}


@pytest.mark.parametrize(
    "change", [{"channelRegistrationId": "mine"}, {"to": []}, {"to": ["Ada"]}, {"kind": "fax"}, {"kind": "template"}]
)
async def test_a_whatsapp_message_with_a_fault_is_refused(change, clients):
    with pytest.raises(HttpResponseError) as refused:
        await clients.whatsapp.send({**WHATSAPP, **change})

    assert (refused.value.status_code, header(refused.value, "x-ms-error-code")) == (400, "BadRequest")
    assert await clients.ledger() == []
