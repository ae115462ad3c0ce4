"""STOP by SMS: what the carrier does about it, whatever the app thinks."""

from uuid import uuid4

import pytest

from group_commit import connect
from local.environment import SMS_SENDER
from local.providers.opt_outs import SCHEMA, hear, is_blocked
from tests.local.event_grid.receiver import Event

ADA, BOB = "+14255550123", "+14255550124"
SHORT_CODE = "12345"


async def answered(clients, text, from_=ADA, channel="sms"):
    status, _ = await clients.post("/local/replies", {"channel": channel, "from": from_, "text": text})
    assert status == 202


def reports(events: list[Event]) -> list[Event]:
    return [event["data"] for event in events if event["eventType"].endswith("SMSDeliveryReportReceived")]


async def test_after_stop_a_message_is_accepted_fails_with_4007_and_reaches_nobody(clients, receiver):
    await answered(clients, " stop\n")

    message_id = await clients.send_sms(ADA, str(uuid4()))

    [report] = reports(await receiver.wait_for(2))
    assert (report["messageId"], report["deliveryStatus"]) == (message_id, "Failed")
    assert report["deliveryStatusDetails"] == "4007: Sender blocked for given recipient."
    assert await clients.ledger() == []


async def test_stop_itself_reaches_us(clients, receiver):
    await answered(clients, "STOP")

    [event] = await receiver.wait_for(1)
    assert event["data"]["message"] == "STOP"


@pytest.mark.parametrize("word", ["START", "unstop"])
async def test_start_lifts_it(word, clients):
    await answered(clients, "STOP")
    await answered(clients, word)

    await clients.send_sms(ADA, str(uuid4()))

    assert len(await clients.ledger()) == 1


async def test_it_holds_for_this_number_alone_and_for_sms_alone(clients):
    await answered(clients, "STOP")
    await answered(clients, "STOP", from_=BOB, channel="whatsapp")

    await clients.send_sms(BOB, str(uuid4()))
    await clients.send_whatsapp(ADA, str(uuid4()))

    assert [row["to"] for row in await clients.ledger()] == [BOB, ADA]


@pytest.mark.parametrize("text", ["STOP, I said", "please stop", "STOPP", ""])
async def test_only_the_word_alone_counts(text, clients):
    await answered(clients, text)

    await clients.send_sms(ADA, str(uuid4()))

    assert len(await clients.ledger()) == 1


@pytest.fixture
def database(tmp_path):
    connection = connect(tmp_path / "providers.db")
    connection.executescript(SCHEMA)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("sender", "text", "expected"),
    [
        (SMS_SENDER, "STOP", True),
        (SMS_SENDER, "Unsubscribe", False),
        (SHORT_CODE, "STOP", True),
        (SHORT_CODE, "Unsubscribe", True),
        (SHORT_CODE, "opt out", True),
    ],
)
def test_a_short_code_knows_more_words(sender, text, expected, database):
    hear(database, sender, ADA, text)

    assert is_blocked(database, sender, ADA.lstrip("+")) is expected


def test_another_number_of_ours_is_not_blocked(database):
    hear(database, SHORT_CODE, ADA, "STOP")

    assert not is_blocked(database, SMS_SENDER, ADA)
