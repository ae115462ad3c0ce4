"""The stop button: once it is answered nothing leaves, nothing is lost, and after resume everything leaves once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from domain.clock import to_text
from store.address_book import Addresses
from tests.platform import MORNING, a_platform
from tests.stores import on_one_store

SMS, EMAIL = "+14255550123", "ada@example.com"
CROWD = 120  # more than two pages of a pass


@pytest.fixture
async def platform(tmp_path, monkeypatch):
    monkeypatch.setattr("triggers.http.sending_api.SETTLING_SECONDS", 0)  # one worker, which knows immediately
    async with a_platform(tmp_path) as platform:
        yield platform


async def pause(platform, **scope):
    answer = await platform.call("POST", "/api/sending/pause", {"reason": "a drill", **scope})
    assert answer.status == 200, answer.body
    return answer.body


async def resume(platform, **scope):
    answer = await platform.call("POST", "/api/sending/resume", scope)
    assert answer.status == 200, answer.body


async def test_paused_a_message_is_held_and_says_so_and_resumed_it_leaves(platform):
    await pause(platform)
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
    await platform.advance(hours=3)

    held = await platform.message(message_id)
    assert (held["status"], held["attempts"], held["held"]["reason"]["code"]) == ("accepted", [], "paused")
    assert await platform.ledger() == []

    await resume(platform)
    await platform.advance(minutes=1)
    message = await platform.message(message_id)
    assert (message["status"], "held" in message, len(await platform.ledger())) == ("delivered", False, 1)


@on_one_store
async def test_a_pause_that_ends_by_itself_lets_everything_go_at_that_moment(platform):
    await pause(platform, until=to_text(MORNING + timedelta(hours=2)))
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"])

    await platform.advance(hours=1, minutes=59)
    assert await platform.ledger() == []
    await platform.advance(minutes=2)

    message = await platform.message(message_id)
    assert message["status"] == "delivered"
    assert message["attempts"][0]["sentAt"] < to_text(MORNING + timedelta(hours=2, seconds=5))


@on_one_store
async def test_one_time_codes_pass_unless_they_are_included(platform):
    code = {"to": {"sms": SMS}, "channels": ["sms"], "category": "authentication"}
    await pause(platform)
    first = await platform.post(**code)
    await platform.advance(minutes=1)
    assert (await platform.message(first))["status"] == "delivered"

    await pause(platform, includeAuthentication=True)
    second = await platform.post(**code)
    await platform.advance(minutes=1)
    assert (await platform.message(second))["attempts"] == []


@pytest.mark.parametrize(
    ("scope", "held", "passes"),
    [
        ({"channel": "sms"}, {"channels": ["sms"]}, {"channels": ["email"]}),
        ({"sender": "+18335550100"}, {"channels": ["sms"]}, {"channels": ["email"]}),
        ({"category": "marketing"}, {"channels": ["sms"], "category": "marketing"}, {"channels": ["sms"]}),
        (
            {"channel": "sms", "category": "marketing"},
            {"channels": ["sms"], "category": "marketing"},
            {"channels": ["email"], "category": "marketing"},
        ),
    ],
)
@on_one_store
async def test_a_pause_holds_what_its_scope_describes_and_nothing_else(platform, scope, held, passes):
    await platform.agrees("sms", "email")
    await pause(platform, **scope)
    to = {"sms": SMS, "email": EMAIL}
    one, other = await platform.post(to=to, **held), await platform.post(to=to, **passes)
    await platform.advance(hours=1)

    assert (await platform.message(one))["attempts"] == []
    assert (await platform.message(other))["status"] == "delivered"
    wrong = await platform.call("POST", "/api/sending/resume", {"category": "transactional"})
    assert (wrong.status, wrong.body["type"]) == (404, "/api/docs/errors#pauseNotFound")
    await resume(platform, **scope)
    await platform.advance(minutes=1)
    assert (await platform.message(one))["status"] == "delivered"


@on_one_store
async def test_a_paused_channel_uses_up_its_timeout_and_the_fallback_still_comes(platform):
    await pause(platform, channel="sms")
    message_id = await platform.post(to={"sms": SMS, "email": EMAIL}, channels=["sms", "email"])

    await platform.advance(minutes=9)
    assert (await platform.message(message_id))["held"]["channel"] == "sms"
    await platform.advance(minutes=2)

    message = await platform.message(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "email")
    assert [(skip["channel"], skip["reason"]["code"]) for skip in message["skipped"]] == [("sms", "paused")]


@on_one_store
async def test_a_message_of_low_priority_waits_for_its_channel(platform):
    await pause(platform, channel="sms")
    message_id = await platform.post(
        to={"sms": SMS, "email": EMAIL}, channels=["sms", "email"], priority="low", expiresAt=in_a_day()
    )
    await platform.advance(hours=3)
    assert (await platform.message(message_id))["skipped"] == []

    await resume(platform, channel="sms")
    await platform.advance(minutes=1)

    assert (await platform.message(message_id))["channel"] == "sms"


@on_one_store
async def test_what_no_other_channel_can_carry_waits_until_its_deadline(platform):
    await pause(platform, channel="sms")
    message_id = await platform.post(to={"sms": SMS}, channels=["sms", "email"], expiresAt=in_a_day())
    await platform.advance(hours=23)
    assert (await platform.message(message_id))["status"] == "accepted"

    await platform.advance(hours=2)

    assert (await platform.message(message_id))["status"] == "expired"
    assert await platform.ledger() == []


@on_one_store
async def test_a_held_message_can_be_cancelled(platform):
    await pause(platform)
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
    await platform.advance(minutes=1)

    await platform.call("POST", f"/api/messages/{message_id}/cancel")
    await platform.advance(minutes=1)

    message = await platform.message(message_id)
    assert (message["status"], "held" in message) == ("cancelled", False)


async def test_paused_while_a_provider_is_throttling_the_repetition_waits(platform):
    message_id = await platform.post(to={"sms": "+14255550105"}, channels=["sms"])  # answered 429 twice, then taken
    await platform.settled()
    await pause(platform)

    await platform.advance(minutes=5)
    assert (await platform.message(message_id))["held"]["channel"] == "sms"
    assert await platform.ledger() == []

    await resume(platform)
    await platform.advance(minutes=2)
    assert (await platform.message(message_id))["status"] == "delivered"


async def test_of_two_pauses_both_must_be_lifted(platform):
    await pause(platform)
    await pause(platform, category="transactional")
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
    await platform.advance(minutes=1)

    await resume(platform)
    await platform.advance(minutes=2)
    assert (await platform.message(message_id))["held"]["reason"]["code"] == "paused"

    await resume(platform, category="transactional")
    await platform.advance(minutes=1)
    assert (await platform.message(message_id))["status"] == "delivered"


@on_one_store
async def test_a_crowd_that_was_held_leaves_once_each_also_over_a_restart(platform):
    await pause(platform)
    ids = [await platform.post(to={"sms": SMS}, channels=["sms"]) for _ in range(CROWD)]
    await platform.advance(minutes=1)
    assert await platform.ledger() == []
    await platform.restart()
    assert await platform.ledger() == []

    await resume(platform)
    await platform.restart()  # before most of them were woken
    await platform.advance(minutes=3)

    assert Counter(effect["channel"] for effect in await platform.ledger()) == {"sms": CROWD}
    assert {(await platform.message(message_id))["status"] for message_id in ids} == {"delivered"}


async def test_whoever_held_a_message_by_an_old_copy_of_the_rules_does_not_hold_it_for_long(platform, monkeypatch):
    """Sending was resumed between the copy and the decision. The pass of the next minute finds the message."""
    await pause(platform)
    stale = await platform.services.controls.current()
    await resume(platform)

    async def old(_self):
        return stale

    with monkeypatch.context() as patched:
        patched.setattr("store.controls.Controls.current", old)
        message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
        await platform.settled()
    assert (await platform.message(message_id))["held"]["reason"]["code"] == "paused"

    await platform.advance(minutes=2)

    assert (await platform.message(message_id))["status"] == "delivered"


async def test_a_held_message_whose_workflow_is_gone_leaves_after_resume(platform, workflows):
    """As after a move to another task hub: nobody can be woken, so the sweeper starts the workflow again."""
    await pause(platform)
    message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
    await platform.advance(minutes=1)
    await workflows.terminate(message_id, "the hub is gone")
    await platform.advance(seconds=1)
    await workflows.purge_instance_history(message_id)
    assert not await workflows.get_status(message_id)

    await resume(platform)
    await platform.advance(minutes=3)

    assert (await platform.message(message_id))["status"] == "delivered"


@on_one_store
async def test_who_paused_and_why_is_told_and_is_in_the_audit(platform):
    told = await pause(platform, category="marketing", until=in_a_day())

    [shown] = told["pauses"]
    assert (shown["reason"], shown["by"], shown["category"], shown["isOver"]) == (
        "a drill", "function-key", "marketing", False
    )  # fmt: skip
    assert (await platform.call("GET", "/api/sending")).body == told
    await platform.advance(days=2)
    assert (await platform.call("GET", "/api/sending")).body["pauses"][0]["isOver"] is True
    [entry] = (await platform.call("GET", "/api/audit?action=sending.pause")).body["data"]
    assert (entry["actor"], entry["details"]["reason"], entry["details"]["category"]) == (
        "function-key", "a drill", "marketing"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "a drill", "channel": "pigeon"}, "channel"),
        ({"reason": "a drill", "until": to_text(MORNING - timedelta(hours=1))}, "until"),
        ({"reason": "a drill", "categroy": "marketing"}, "categroy"),
    ],
)
@on_one_store
async def test_a_pause_that_makes_no_sense_pauses_nothing(platform, body, at_fault):
    answer = await platform.call("POST", "/api/sending/pause", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, at_fault)
    assert (await platform.call("GET", "/api/sending")).body["pauses"] == []


async def test_a_pause_between_the_decision_and_the_call_prevents_the_call(tmp_path, monkeypatch):
    """The worker has written that the attempt begins, and waits for its share of the channel."""
    monkeypatch.setattr("triggers.http.sending_api.SETTLING_SECONDS", 0)
    about_to_call, go_on = asyncio.Event(), asyncio.Event()
    from actions import send_attempt

    look = send_attempt._why_not

    async def slow(*told):
        about_to_call.set()
        await go_on.wait()
        return await look(*told)

    monkeypatch.setattr(send_attempt, "_why_not", slow)
    async with a_platform(tmp_path) as platform:
        message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
        await about_to_call.wait()
        await pause(platform)
        go_on.set()
        await platform.advance(minutes=5)

        assert await platform.ledger() == []
        message = await platform.message(message_id)
        assert (message["held"]["reason"]["code"], message["attempts"][0]["tries"]) == ("paused", 0)
        await resume(platform)
        await platform.advance(minutes=1)
        message = await platform.message(message_id)
        assert (message["status"], message["attempts"][0]["tries"]) == ("delivered", 1)


async def test_a_message_whose_permit_takes_long_does_not_leave_after_the_pause_is_answered(tmp_path, monkeypatch):
    """The store is slow between the look at the rules and the permit, and an operator pauses meanwhile."""
    async with a_platform(tmp_path) as platform:
        permit, told = Addresses.permit, list[Any]()

        async def slow(*asked):
            if not told:
                told.append(await pause(platform))
            return await permit(*asked)

        monkeypatch.setattr(Addresses, "permit", slow)
        message_id = await platform.post(to={"sms": SMS}, channels=["sms"])
        await platform.advance(minutes=5)

        assert told
        assert await platform.ledger() == []
        message = await platform.message(message_id)
        assert (message["held"]["reason"]["code"], message["attempts"][0]["tries"]) == ("paused", 0)


def in_a_day():
    return to_text(MORNING + timedelta(days=1))
