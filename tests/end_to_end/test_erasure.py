"""A customer is forgotten: nothing of them stays, nothing new begins, and they stay refused."""

import asyncio
import json
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from domain.errors import StoreUnavailable
from domain.identities import digest
from store.documents import every
from tests.intercepted import Intercepted
from tests.platform import a_platform
from tests.stores import in_sqlite_only

SMS, SILENT, EMAIL = "+14255550123", "+14255550102", "canary-mailbox@example.com"
REFUSED = digest("canary-customer")
"""All that is left, for 91 days: so they are known when somebody imports them again."""

CANARIES = [
    *("14255550123", "14255550102", "canary-mailbox", "canary-customer", "canary text", "canary reply", "canary note"),
    REFUSED,
]
TO = {"sms": SMS, "email": EMAIL}
ON_FILE = {"contactPoints": TO, "attributes": {"name": "canary-customer"}, "tags": ["canary-customer"]}
URL = "/api/customers/canary-customer"
WEBHOOK = "/runtime/webhooks/EventGrid?functionName=MessageProcessor"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def erase(platform, url=URL):
    answer = await platform.call("DELETE", url)
    assert answer.status == 202, answer.body
    return answer.body


async def receipt(platform, erasure):
    return (await platform.call("GET", f"/api/erasures/{erasure['erasureId']}")).body


async def says(platform, text, sender=SMS):
    await platform._control("POST", "replies", {"channel": "sms", "from": sender, "text": text})
    await platform.settled()


async def send(platform, **fields):
    body = {"customerId": "canary-customer", "message": "canary text", "channels": ["sms"], **fields}
    return await platform.call("POST", "/api/messages", body)


def found(directory: Path) -> list[tuple[str, str]]:
    """Where a canary is in the files of the platform. What its stand-ins keep, providers keep: the ledger."""
    files = [file for file in directory.rglob("*") if file.is_file() and not file.name.startswith("providers.db")]
    assert any(file.name == "landfall.db" for file in files)
    texts = {file.name: file.read_bytes().decode(errors="replace") for file in files}
    return [(name, canary) for name, text in texts.items() for canary in CANARIES if canary in text]


async def test_what_was_said_to_and_by_a_customer_is_gone_and_the_receipt_says_what_it_was(platform):
    await platform.call("PUT", URL, ON_FILE)
    await platform.agrees("email", customer_id="canary-customer")
    for _ in range(3):
        await send(platform)
    await platform.advance(seconds=5)
    await says(platform, "canary reply")

    erasure = await erase(platform)
    await platform.advance(minutes=45)

    told = await receipt(platform, erasure)
    assert (told["state"], told["waitingFor"]) == ("erased", 0)
    assert told["erased"] == {"customers": 1, "messages": 3, "replies": 1, "conversations": 1, "addresses": 2}
    assert {each["who"] for each in told["others"]} >= {"Azure Event Grid", "the providers of channels"}
    await platform.advance(hours=26)
    assert (await receipt(platform, erasure))["state"] == "completed"
    for url in (URL, f"{URL}/consents"):
        assert (await platform.call("GET", url)).status in (404, 410)
    assert (await platform.call("GET", f"{URL}/conversations")).body["conversations"] == []


async def test_what_is_in_flight_is_called_off_and_purged_only_when_it_has_ended(platform, workflows):
    await platform.call("PUT", URL, ON_FILE)
    waiting = (await send(platform, to={"sms": SILENT})).body["messageId"]
    planned = (await send(platform, sendAt="2027-03-01T12:00:00Z")).body["messageId"]
    await platform.advance(seconds=5)
    await workflows.suspend(waiting, "an operator looks at it")

    erasure = await erase(platform)
    await platform.advance(minutes=45)

    told = await receipt(platform, erasure)
    assert (told["state"], told["waitingFor"]) == ("stopping", 1)
    assert (await platform.workflow(waiting))["runtimeStatus"] == "Suspended"
    await workflows.resume(waiting, "done")
    await platform.advance(minutes=45)
    assert (await receipt(platform, erasure))["state"] == "erased"
    assert len(await platform.ledger()) == 1
    for message_id in (waiting, planned):
        assert (await platform.call("GET", f"/api/messages/{message_id}")).status == 404
        url = f"/runtime/webhooks/durabletask/instances/{message_id}"
        assert (await platform.call("GET", url)).status == 404


async def test_an_erased_customer_is_refused_also_when_they_are_put_on_file_again(platform):
    await platform.call("PUT", URL, ON_FILE)
    await erase(platform)

    for answer in (
        await platform.call("PUT", URL, ON_FILE),
        await platform.call("PATCH", URL, {"locale": "fr"}),
        await platform.call("GET", URL),
        await send(platform, to=TO),
        await platform.call("PUT", f"{URL}/consents/sms/all", {"state": "granted", "evidence": {"source": "form"}}),
    ):
        assert (answer.status, answer.body["type"]) == (410, "/api/docs/errors#customerErased")
    assert await platform.ledger() == []
    await platform.advance(hours=30)
    await platform.advance(days=91)
    assert (await platform.call("PUT", URL, ON_FILE)).status == 201


async def test_erasing_once_more_is_the_same_erasure(platform):
    await platform.call("PUT", URL, ON_FILE)

    erasures = [
        each.body["erasureId"] for each in await asyncio.gather(*(platform.call("DELETE", URL) for _ in range(5)))
    ]
    await platform.advance(hours=30)
    later = await erase(platform)

    assert len({*erasures, later["erasureId"]}) == 1
    assert later["state"] == "completed"
    listed = (await platform.call("GET", "/api/erasures")).body["data"]
    assert [each["erasureId"] for each in listed] == [later["erasureId"]]


async def test_who_is_not_on_file_is_erased_too(platform):
    await send(platform, to=TO)
    await platform.advance(seconds=5)

    erasure = await erase(platform)
    await platform.advance(hours=30)

    assert (await receipt(platform, erasure))["erased"] == {"messages": 1, "conversations": 1, "addresses": 1}


async def test_who_said_stop_is_not_written_to_under_another_name_either(platform):
    await platform.call("PUT", URL, ON_FILE)
    await send(platform)
    await platform.advance(seconds=5)
    await says(platform, "STOP")
    note = {"channel": "email", "address": EMAIL, "reason": "manual", "note": "canary note"}
    assert (await platform.call("POST", "/api/suppressions", note)).status == 201

    erasure = await erase(platform)
    await platform.advance(hours=30)
    again = await platform.call("PUT", "/api/customers/another", {"contactPoints": TO})
    message_id = await platform.post(customerId="another", channels=["sms", "email"])
    await platform.advance(seconds=5)

    assert again.status == 201
    message = await platform.message(message_id)
    assert (message["status"], [skip["channel"] for skip in message["skipped"]]) == ("notSent", ["sms", "email"])
    assert len(await platform.ledger()) == 1
    listed = (await platform.call("GET", "/api/suppressions")).body["data"]
    assert {(each["reason"], each["address"]) for each in listed} == {("stop", "*****"), ("manual", "*****")} or {
        (each["reason"], each["address"]) for each in listed
    } == {("stop", ""), ("manual", "")}
    assert "2 reasons" in (await receipt(platform, erasure))["kept"][1]["what"]


async def test_what_comes_from_an_erased_customer_is_not_recorded_but_stop_counts(platform):
    await platform.call("PUT", URL, ON_FILE)
    await send(platform)
    await platform.advance(seconds=5)
    erasure = await erase(platform)
    await platform.advance(minutes=45)

    await says(platform, "canary reply")
    await says(platform, "STOP")
    received = {"messageId": "m", "customerId": "canary-customer", "channel": "email", "content": "canary text"}
    event = {
        "id": "e1",
        "subject": "s",
        "eventType": "Microsoft.Communication.MessageReceived",
        "dataVersion": "1.0",
        "data": received,
        "eventTime": "2027-03-01T09:10:00Z",
        "topic": "/topics/landfall",
    }
    await platform.call("POST", WEBHOOK, [event], {"aeg-event-type": "Notification"})
    await platform.settled()

    known = await platform.call("POST", "/api/suppressions/find", {"channel": "sms", "address": SMS})
    assert [each["reason"] for each in known.body["data"]] == ["stop"]
    await platform.advance(hours=30)
    told = await receipt(platform, erasure)
    assert (told["state"], told["erased"].get("replies", 0)) == ("completed", 0)


async def test_a_shared_number_stays_with_the_others(platform):
    await platform.call("PUT", URL, ON_FILE)
    await platform.call("PUT", "/api/customers/ben", {"contactPoints": {"sms": SMS}})
    await send(platform)
    await platform.advance(seconds=5)

    await erase(platform)
    await platform.advance(hours=30)
    await says(platform, "hello")
    message_id = await platform.post(customerId="ben", channels=["sms"])
    await platform.advance(seconds=5)

    assert (await platform.message(message_id))["status"] == "delivered"
    conversations = (await platform.call("GET", "/api/customers/ben/conversations")).body["conversations"]
    assert [each["counts"]["inbound"] for each in conversations] == [1]


async def test_it_goes_on_after_the_app_was_stopped_anywhere(platform):
    await platform.call("PUT", URL, ON_FILE)
    for _ in range(5):
        await send(platform)
    await platform.advance(seconds=5)

    erasure = await erase(platform)
    for _ in range(4):
        await platform.restart()
        await platform.advance(minutes=10)
    await platform.advance(minutes=45)

    assert (await receipt(platform, erasure))["erased"]["messages"] == 5
    assert (await receipt(platform, erasure))["state"] == "erased"


async def test_what_is_accepted_or_put_while_a_customer_is_being_erased_goes_too(platform):
    await platform.call("PUT", URL, ON_FILE)
    said = {"state": "granted", "evidence": {"source": "form"}}

    answers = await asyncio.gather(
        *(send(platform, to=TO) for _ in range(10)),
        *(platform.call("PATCH", URL, {"attributes": {f"a{number}": "canary text"}}) for number in range(5)),
        platform.call("DELETE", URL),
        *(send(platform, to=TO) for _ in range(10)),
        platform.call("PUT", URL, ON_FILE),
        platform.call("PUT", f"{URL}/consents/sms/all", said),
    )
    assert {answer.status for answer in answers} <= {200, 202, 410}
    await platform.advance(hours=30)
    await platform.advance(hours=1)

    [erasure] = (await platform.call("GET", "/api/erasures")).body["data"]
    assert erasure["state"] == "completed"
    accepted = [each.body["messageId"] for each in answers if each.status == 202 and "messageId" in each.body]
    assert erasure["erased"].get("messages", 0) == len(accepted)
    for message_id in accepted:
        assert (await platform.call("GET", f"/api/messages/{message_id}")).status == 404
    documents = platform.services.messages.documents
    left = [each["id"] async for each in every(documents, "Correlations", {}) if not each["id"].startswith("erased-")]
    assert left == []


@pytest.mark.parametrize("seed", range(4))
@in_sqlite_only
async def test_it_ends_alike_over_a_store_that_fails_now_and_then(tmp_path, seed):
    chance, is_sick = Random(seed), [False]

    async def now_and_then(_name, call):
        if is_sick[0] and chance.randrange(40) == 0:
            raise StoreUnavailable("away")
        return await call()

    async with a_platform(
        tmp_path, lambda channels, documents: (channels, Intercepted(documents, now_and_then))
    ) as platform:
        await platform.call("PUT", URL, ON_FILE)
        for _ in range(3):
            await send(platform, reference="order-17")
        await send(platform, to={"sms": SILENT}, collapseKey="parcel")
        await platform.advance(seconds=5)
        await says(platform, "canary reply")
        await says(platform, "STOP")
        erasure = await erase(platform)
        is_sick[0] = True
        for _ in range(20):
            await platform.advance(minutes=10)
        await platform.advance(hours=25)
        for _ in range(20):
            await platform.advance(minutes=10)
        is_sick[0] = False
        for _ in range(6):
            await platform.advance(minutes=10)

        told = await receipt(platform, erasure)
        assert told["state"] == "completed", told
        counts = {"customers": 1, "messages": 4, "replies": 2, "conversations": 1, "addresses": 3}
        assert told["erased"] == counts
        assert "1 reasons" in told["kept"][1]["what"]
        known = await platform.call("POST", "/api/suppressions/find", {"channel": "sms", "address": SMS})
        assert [each["reason"] for each in known.body["data"]] == ["stop"]
        assert {canary for _, canary in found(tmp_path)} <= {REFUSED}


@in_sqlite_only
async def test_a_canary_that_is_erased_in_flight_is_in_no_file_whatever_comes_late(platform, tmp_path, workflows):
    await says(platform, "canary reply")
    await platform.call("PUT", URL, {**ON_FILE, "otherContactPoints": {"sms": [SILENT]}})
    await platform.agrees("sms", "email", customer_id="canary-customer", topic="news")
    await send(platform, reference="canary-customer", metadata={"name": "canary-customer"})
    await send(platform, to={"sms": SILENT}, collapseKey="canary-customer")
    await send(platform, conversationId="conversation-of-canary", category="marketing", topic="news")
    await send(
        platform, channels=["email"], content={"html": "<b>canary text</b>", "subject": "canary text"}, message=None
    )
    await platform.advance(seconds=5)
    await says(platform, "canary reply")
    await says(platform, "STOP")
    note = {"channel": "sms", "address": SILENT, "reason": "complaint", "note": "canary note"}
    await platform.call("POST", "/api/suppressions", note)
    in_flight = (await send(platform, channels=["email"], to={"email": "dropped+canary-mailbox@example.com"})).body[
        "messageId"
    ]
    await platform.advance(seconds=1)
    letters = tmp_path / "dead-letters"
    letters.mkdir(exist_ok=True)
    event = {"eventType": "x", "data": {"from": SMS, "to": "18335550100", "message": "canary reply"}}
    (letters / "theirs.json").write_text(json.dumps([event]))
    others = {"eventType": "x", "data": {"from": "+14255559999", "message": "words of others"}}
    (letters / "both.json").write_text(json.dumps([event, others]))

    erasure = await erase(platform)
    await says(platform, "canary reply")
    await platform.advance(minutes=45)
    await says(platform, "canary reply")
    await says(platform, "START")
    await platform.report("email", "Delivered", attemptId=(await platform.ledger())[-1]["attemptId"])
    await platform.call("PUT", URL, ON_FILE)
    await send(platform, to=TO)
    await workflows.signal_entity(_entity("conversation-of-canary"), "message_finished", LATE)
    await platform.advance(hours=26)

    told = await receipt(platform, erasure)
    assert told["state"] == "completed", told
    assert told["erased"]["deadLetters"] == 2
    assert json.loads((letters / "both.json").read_text()) == [others]
    assert (await platform.call("GET", f"/api/messages/{in_flight}")).status == 404
    assert {canary for _, canary in found(tmp_path)} <= {REFUSED}
    await platform.call("DELETE", f"{platform.providers.url}/local/ledger")
    of_providers = b"".join(file.read_bytes() for file in tmp_path.glob("providers.db*"))
    published = {"canary-customer", REFUSED}  # a reference, and the id of a conversation: subscribers have them
    assert [word for word in CANARIES if word not in published and word.encode() in of_providers] == []


async def test_every_spelling_and_identifier_of_a_person_goes_and_stays_suppressed(platform, tmp_path):
    mobile, before, person = "+5511987654321", "+551187654321", "BR.canary1234567890"
    await platform.call("PUT", URL, {"contactPoints": {"whatsapp": mobile}})
    for sender, text in ((mobile, "canary reply"), (person, "canary reply"), (mobile, "STOP")):
        event = reply_by_whatsapp(sender, person, text)
        answer = await platform.call("POST", WEBHOOK, [event], {"aeg-event-type": "Notification"})
        assert answer.status in (200, 202)
    await platform.settled()
    suppressed = (await platform.call("GET", "/api/suppressions")).body["data"]
    assert suppressed

    await erase(platform)
    await platform.advance(hours=30)

    listed = (await platform.call("GET", "/api/suppressions")).body["data"]
    assert {each["address"] for each in listed} == {""}
    documents = [each async for each in every(platform.services.messages.documents, "Correlations", {})]
    left = [each["id"] for each in documents if not each["id"].startswith("erased-")]
    assert left == []
    for address in (mobile, before):
        known = await platform.call("POST", "/api/suppressions/find", {"channel": "whatsapp", "address": address})
        assert [each["reason"] for each in known.body["data"]] == ["stop"]
        message_id = await platform.post(customerId="another", to={"whatsapp": address}, channels=["whatsapp"])
        await platform.advance(seconds=5)
        assert (await platform.message(message_id))["status"] == "notSent"


def reply_by_whatsapp(sender, person, text):
    data = {
        "content": text,
        "channelType": "whatsapp",
        "messageType": "text",
        "from": sender,
        "to": "1",
        "messageId": str(uuid4()),
        "receivedTimestamp": "2027-03-01T09:00:00Z",
        "fromBsuid": person,
    }
    return {
        "id": str(uuid4()),
        "subject": "s",
        "eventType": "Microsoft.Communication.AdvancedMessageReceived",
        "data": data,
        "eventTime": "2027-03-01T09:00:00Z",
        "dataVersion": "1.0",
        "topic": "t",
    }


LATE = {"operationId": "late", "status": "delivered", "channel": "sms", "attempt": 1}


def _entity(conversation_id):
    from azure.durable_functions import EntityId

    return EntityId("conversation", conversation_id)
