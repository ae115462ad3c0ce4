import pytest

from store.unmatched_events import KEPT, UNMATCHED_EVENTS, UnmatchedEvents, unmatched_id
from tests.domain.messages.records import MINUTE, NOON

TYPE = "microsoft.communication.smsdeliveryreportreceived"


@pytest.fixture
def unmatched(documents):
    return UnmatchedEvents(documents)


@pytest.fixture
def row(documents):
    async def row(event_id="event-1", status="failed"):
        row_id = unmatched_id(event_id, TYPE, status)
        stored = await documents.read(UNMATCHED_EVENTS, row_id, row_id)
        return stored.document if stored else None

    return row


async def test_an_event_is_kept_with_the_reason_why_it_matches_nothing(unmatched, row):
    await unmatched.keep("event-1", TYPE, "failed", "attempt-1", "unknownAttempt", NOON)

    kept = await row()
    del kept["id"]
    assert kept == {
        "eventId": "event-1",
        "type": TYPE,
        "status": "failed",
        "about": "attempt-1",
        "reason": "unknownAttempt",
        "at": "2026-11-22T12:00:00.000000Z",
        "schema": 1,
    }


async def test_the_same_event_again_changes_nothing(unmatched, row):
    await unmatched.keep("event-1", TYPE, "failed", "attempt-1", "unknownAttempt", NOON)
    await unmatched.keep("event-1", TYPE, "failed", "attempt-1", "unknownAttempt", NOON + MINUTE)

    assert (await row())["at"] == "2026-11-22T12:00:00.000000Z"


async def test_two_reports_under_one_event_id_are_two(unmatched, row):
    for status in ("delivered", "failed"):
        await unmatched.keep("event-1", TYPE, status, "attempt-1", "unknownAttempt", NOON)

    assert [(await row(status=status))["status"] for status in ("delivered", "failed")] == ["delivered", "failed"]


@pytest.mark.parametrize("event_id", ["mail to ada@example.com", "half a pair \ud800", ""])
async def test_ids_that_are_none_of_ours_are_kept_by_their_digest(unmatched, row, event_id):
    await unmatched.keep(event_id, TYPE, "failed", "+14255550123", "unknownMessage", NOON)

    kept = str(await row(event_id))
    assert "example.com" not in kept
    assert "1425" not in kept


async def test_an_unmatched_event_is_forgotten_after_three_days(unmatched, row, monkeypatch):
    now = NOON
    monkeypatch.setattr("domain.clock.source", lambda: now)
    await unmatched.keep("event-1", TYPE, "failed", "a", "unknownAttempt", NOON)

    now = NOON + KEPT - MINUTE
    assert await row()
    now = NOON + KEPT
    assert await row() is None
