"""What Cosmos DB charges: for one request, as our metrics tell it, and for one message.

docs/design.md, "What a message costs", says where the numbers come from.
"""

from collections import Counter
from contextlib import nullcontext
from datetime import timedelta

import pytest

from domain import clock
from domain.messages.retention import Retention
from store.messages import Messages
from tests.cosmos.charges import charge_of
from tests.domain.messages.records import a_message
from tests.platform import a_platform
from tests.stores import behind
from tests.telemetry.listener import listening

SMS, FAILED_SMS, SILENT_SMS, EMAIL = "+14255550123", "+14255550101", "+14255550102", "ada@example.com"
MESSAGE = {"schema": 1, "id": "message-1", "conversationId": "conversation-1"}


async def test_every_request_is_in_the_metrics_with_its_charge(documents, gateway):
    with listening() as listener:
        etag = await documents.create("Messages", MESSAGE)
        await documents.replace("Messages", MESSAGE, etag)
        await documents.read("Messages", "conversation-1", "message-1")
        await documents.query("Messages", "conversation-1", "createdAt")
        await documents.delete("Messages", "conversation-1", "message-1")

    charged = {("Messages", each.operation): each.units for each in gateway.bill}
    assert listener.counted("landfall.store.request_units") == charged
    assert [*charged] == [("Messages", operation) for operation in ("create", "replace", "read", "query", "delete")]


@pytest.mark.parametrize(
    ("operation", "kilobytes", "units"),
    [("read", 1, 1), ("read", 100, 10), ("create", 1, 5.5), ("create", 100, 50), ("replace", 1, 11)],
)
def test_charges_are_those_that_azure_has_published(operation, kilobytes, units):
    assert charge_of(operation, 200, kilobytes * 1024, replaced=False) == units


async def test_the_question_what_is_to_be_told_costs_the_same_however_many_messages_are_in_flight(documents, gateway):
    messages = Messages(documents, lambda message, notice: False, Retention())
    for number in range(20):
        await messages.create(a_message(id=f"{number:08}-7f7c-4c39-9f0d-0f0f0f0f0f0f"))
    gateway.bill.clear()

    assert await messages.to_tell(clock.now() + timedelta(days=9), top=50) == []

    assert [(each.operation, each.units) for each in gateway.bill] == [("query", 2.3)]


@pytest.mark.parametrize(
    ("story", "to", "minutes", "category", "most"),
    [
        ("delivered by SMS", {"sms": SMS}, 1, "transactional", 100),
        ("SMS silent, delivered by email", {"sms": SILENT_SMS, "email": EMAIL}, 11, "transactional", 168),
        ("SMS failed, delivered by email", {"sms": FAILED_SMS, "email": EMAIL}, 1, "transactional", 184),
        ("marketing, delivered by SMS", {"sms": SMS}, 1, "marketing", 116),
    ],
)
async def test_a_message_is_charged_no_more_than_it_must(tmp_path, gateway, story, to, minutes, category, most):
    async with a_platform(tmp_path, store=nullcontext(behind(gateway))) as platform:
        await platform.agrees("sms")
        gateway.bill.clear()
        message_id = await platform.post(to=to, channels=[*to], category=category)
        await platform.advance(minutes=minutes)
        units: Counter[str] = Counter()
        requests: Counter[str] = Counter()
        for each in gateway.bill:
            units[each.operation] += each.units
            requests[each.operation] += 1
        asking = units.pop("query")
        print(f"\n{story}: {round(units.total(), 1)} RUs, {dict(requests)}, {dict(units)}; sweeper {asking}")  # noqa: T201
        assert (await platform.message(message_id))["status"] == "delivered"

    assert units.total() <= most
