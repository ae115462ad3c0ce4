"""Which attempt and which customer an event is about, when providers spell addresses differently."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.identities import attempt_id, digest
from local.event_grid.subscriptions import COMMUNICATION_TOPIC
from tests.end_to_end.test_inbound import deliver, inbound, messages, replied, whatsapp

Json = Any


def a_report(kind: str, **data: Json) -> Json:
    return {
        "id": str(uuid4()),
        "topic": COMMUNICATION_TOPIC,
        "subject": "",
        "data": data,
        "eventType": f"Microsoft.Communication.{kind}",
        "dataVersion": "1.0",
        "eventTime": "2026-11-22T12:00:00Z",
    }


def put(platform, customer_id: str, **contact_points: str) -> Json:
    answer = platform.call("PUT", f"/api/customers/{customer_id}", {"contactPoints": contact_points})
    assert answer.status in (200, 201), answer.body
    return answer.body["contactPoints"]


def own_conversation(customer_id: str) -> str:
    return f"c-{digest(customer_id)}"


def said(platform, customer_id: str) -> list[str]:
    """What shows as written by a customer in their conversation, the newest first."""
    told = messages(platform, own_conversation(customer_id))
    return [each["content"]["text"] for each in told if each["direction"] == "inbound"]


@pytest.mark.parametrize("to", ["551187650102", "", None])
def test_who_was_reached_by_whatsapp_gets_no_sms_however_the_report_names_them(platform, to):
    number = "+5511987650102"  # silent: only this report comes
    message_id = platform.post(to={"whatsapp": number, "sms": number}, channels=["whatsapp", "sms"])
    platform.waiting(message_id)
    [attempt] = platform.message(message_id)["attempts"]
    data = {"messageId": attempt["providerMessageId"], "status": "Delivered", "channelType": "whatsapp"}

    event = a_report("AdvancedMessageDeliveryStatusUpdated", **data, to=to, toBSUID="BR.13491208655302741918")
    assert deliver(platform, event) == 202

    message = platform.finished(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "whatsapp")
    assert [each["channel"] for each in message["attempts"]] == ["whatsapp"]
    assert not message["attempts"][0]["duplicate"]


def test_who_answers_from_another_spelling_of_their_number_is_heard_as_themselves(platform):
    number, two_days_ago = "+5511987651234", (datetime.now(UTC) - timedelta(days=2)).isoformat()
    put(platform, "brazilian", whatsapp=number)
    old = whatsapp(number.lstrip("+"), "text", content="Oi", receivedTimestamp=two_days_ago)
    assert deliver(platform, old) == 202

    assert deliver(platform, whatsapp("551187651234", "text", content="Sim")) == 202

    inbound(platform, own_conversation("brazilian"), 2)
    assert said(platform, "brazilian") == ["Sim", "Oi"]
    message = platform.finished(platform.post(customerId="brazilian", channels=["whatsapp"]))
    assert message["status"] == "delivered"  # the window is open again


def test_who_hides_their_number_is_heard_by_what_they_answer(platform):
    put(platform, "hidden", whatsapp="+14255740123")
    sent = platform.finished(platform.post(customerId="hidden", channels=["whatsapp"]))
    answered = {"context": {"id": sent["attempts"][0]["providerMessageId"]}}

    for nobody in ({"from": None}, {"from": ""}, {"from": None, "fromBSUID": "US.13491208655302741918"}):
        assert deliver(platform, whatsapp("", "text", content="Yes", **answered, **nobody)) == 202

    assert len(inbound(platform, own_conversation("hidden"), 3)) == 3


def test_who_hides_their_number_and_asks_us_to_stop_gets_no_marketing_until_somebody_has_read_it(platform):
    put(platform, "hidden-and-tired", whatsapp="+14255740124", email="tired@example.com")
    agreed = {"state": "granted", "evidence": {"source": "web form", "at": "2026-01-01T00:00:00Z"}}
    platform.call("PUT", "/api/customers/hidden-and-tired/consents/email/all", agreed)
    sent = platform.finished(platform.post(customerId="hidden-and-tired", channels=["whatsapp"]))
    answered = {"context": {"id": sent["attempts"][0]["providerMessageId"]}, "from": None}

    assert deliver(platform, whatsapp("", "text", content="please stop this", **answered)) == 202

    offer = platform.post(customerId="hidden-and-tired", channels=["email"], category="marketing")
    platform.until(lambda: "held" in platform.message(offer), "the offer is held")
    assert platform.message(offer)["held"]["reason"]["code"] == "mayBeStop"


@pytest.mark.parametrize("how", ["given up", "only written to"])
def test_a_recycled_number_shows_nobody_what_another_one_wrote(platform, how):
    number = f"+1425575{'0123' if how == 'given up' else '0124'}"
    before, after = f"before-{digest(how)}", f"after-{digest(how)}"
    if how == "given up":
        put(platform, before, sms=number)
        platform.finished(platform.post(customerId=before, channels=["sms"]))
    else:
        platform.finished(platform.post(customerId=before, to={"sms": number}, channels=["sms"]))
    replied(platform, "sms", number, "I am the first")
    inbound(platform, own_conversation(before), 1)

    if how == "given up":
        put(platform, before, email="before@example.com")
    put(platform, after, sms=number)
    replied(platform, "sms", number, "I am the second")

    inbound(platform, own_conversation(after), 1)
    assert said(platform, after) == ["I am the second"]
    assert said(platform, before) == ["I am the first"]


def test_a_domain_is_sent_and_told_as_it_travels_and_known_in_both_spellings(platform):
    told = put(platform, "buecher", email="silent+ada@BÜCHER.example.com")
    assert told == {"email": "silent+ada@xn--bcher-kva.example.com"}
    message_id = platform.post(customerId="buecher", channels=["email"])
    platform.waiting(message_id)
    assert len(platform.inbox("silent+ada@xn--bcher-kva.example.com")) == 1

    recipient = "silent+ada@bücher.example.com"
    data = {"messageId": attempt_id(message_id, 1), "recipient": recipient, "status": "Delivered"}
    assert deliver(platform, a_report("EmailDeliveryReportReceived", **data)) == 202

    assert platform.finished(message_id)["status"] == "delivered"
    assert "another recipient" not in "".join(
        line for line in platform.log.read_text().splitlines() if message_id in line
    )
