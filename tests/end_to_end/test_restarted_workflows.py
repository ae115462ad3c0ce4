"""A workflow that an operator restarts or starts through the management API: it ends, and changes nothing."""

import pytest

from tests.platform import a_platform

BASE = "/runtime/webhooks/durabletask"
SILENT, ORDINARY = "+14255550102", "+14255550123"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def restarted(platform, message_id, *, under_a_new_id):
    """The status of the restarted workflow, a minute later."""
    query = f"restartWithNewInstanceId={str(under_a_new_id).lower()}"
    answer = await platform.call("POST", f"{BASE}/instances/{message_id}/restart?{query}")
    assert answer.status == 202, answer.body
    await platform.advance(minutes=1)
    return await platform.workflow(answer.body["id"])


async def ended(platform, message_id):
    await platform.advance(minutes=1)
    assert (await platform.workflow(message_id))["runtimeStatus"] == "Completed"


async def test_restarted_under_its_own_id_it_says_again_how_it_ended(platform):
    message_id = await platform.post(channels=["sms"], to={"sms": ORDINARY})
    await ended(platform, message_id)
    before = await platform.message(message_id)

    workflow = await restarted(platform, message_id, under_a_new_id=False)

    assert (workflow["runtimeStatus"], workflow["output"]["status"]) == ("Completed", "delivered")
    assert await platform.message(message_id) == before
    assert len(await platform.ledger()) == 1


async def test_restarted_under_another_id_it_does_nothing_and_says_so(platform):
    message_id = await platform.post(channels=["sms"], to={"sms": ORDINARY})
    await ended(platform, message_id)
    before = await platform.call("GET", "/api/customers/customer-123/conversations")

    workflow = await restarted(platform, message_id, under_a_new_id=True)

    assert workflow["runtimeStatus"] == "Completed"
    assert workflow["output"] == {"ignored": "A message has one workflow, whose id is its messageId. This is not it."}
    assert (await platform.call("GET", "/api/customers/customer-123/conversations")).body == before.body
    assert len(await platform.ledger()) == 1


async def test_restarted_under_another_id_while_it_waits_the_report_still_wakes_the_first(platform):
    message_id = await platform.post(channels=["sms"], to={"sms": SILENT})
    await platform.settled()

    workflow = await restarted(platform, message_id, under_a_new_id=True)
    [effect] = await platform.ledger()
    await platform.report("sms", "Delivered", attemptId=effect["attemptId"])
    await platform.settled()

    assert workflow["runtimeStatus"] == "Completed"
    assert (await platform.workflow(message_id))["output"]["status"] == "delivered"


@pytest.mark.parametrize("body", [None, {}, {"messageId": "another", "conversationId": "c-1"}])
async def test_started_by_hand_for_no_message_it_ends_too(body, platform):
    answer = await platform.call("POST", f"{BASE}/orchestrators/deliver_message/by-hand", body)
    await platform.settled()

    assert answer.status == 202
    assert (await platform.workflow("by-hand"))["runtimeStatus"] == "Completed"
