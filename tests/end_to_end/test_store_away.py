"""The store is away while a provider reports: the customer who has the message does not get it once more."""

import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from domain.errors import StoreUnavailable
from tests.intercepted import Intercepted
from tests.platform import MORNING, a_platform
from tests.stores import in_sqlite_only

BY_WHATSAPP_THEN_SMS = {"to": {"whatsapp": "+14255550103", "sms": "+14255550123"}, "channels": ["whatsapp", "sms"]}


class Away:
    """A store that answers nobody for some time, as one that throttles all."""

    def __init__(self):
        self._clock, self.back_at = None, MORNING

    def between(self, channels, documents):
        return channels, Intercepted(documents, self._around)

    def goes(self, clock, away):
        self._clock, self.back_at = clock, clock.now() + away

    async def _around(self, name, call):
        if self._clock and self._clock.now() < self.back_at:
            raise StoreUnavailable("Cosmos DB cannot be asked now: 429")
        return await call()


@pytest.fixture
def in_virtual_time(monkeypatch):
    """The pauses between the tries within one call of Event Grid, which are real ones, take the platform's time."""

    def begin(clock):
        async def sleep(seconds):
            with clock.work.rest("pause", 2):  # the call of the function, and the delivery that waits for it
                await clock.sleep_until(clock.now() + timedelta(seconds=seconds))

        monkeypatch.setattr("triggers.events.while_event_grid_waits.sleep", sleep)
        monkeypatch.setattr("triggers.events.while_event_grid_waits.monotonic", lambda: clock.now().timestamp())

    return begin


@pytest.mark.parametrize("minutes_away", [1, 2, 5, 8])
async def test_what_arrived_while_the_store_was_away_is_not_sent_by_the_next_channel(
    tmp_path, in_virtual_time, minutes_away
):
    away = Away()
    async with a_platform(tmp_path, away.between) as platform:
        in_virtual_time(platform.clock)
        message_id = await platform.post(**BY_WHATSAPP_THEN_SMS)
        await platform.advance(seconds=5)
        away.goes(platform.clock, timedelta(minutes=minutes_away))

        await platform.advance(minutes=30)

        message = await platform.message(message_id)
        known_after = datetime.fromisoformat(message["finishedAt"]) - away.back_at
        print(f"\naway {minutes_away} min: known {known_after.total_seconds():.0f} s after it was back")  # noqa: T201
        assert (message["status"], message["channel"], len(message["attempts"])) == ("delivered", "whatsapp", 1)
        assert [effect["channel"] for effect in await platform.ledger()] == ["whatsapp"]


async def test_a_store_that_is_away_for_seconds_delays_a_report_by_seconds(tmp_path, in_virtual_time):
    away = Away()
    async with a_platform(tmp_path, away.between) as platform:
        in_virtual_time(platform.clock)
        message_id = await platform.post(**BY_WHATSAPP_THEN_SMS)
        await platform.advance(seconds=5)
        away.goes(platform.clock, timedelta(seconds=20))

        await platform.advance(minutes=5)

        known_at = datetime.fromisoformat((await platform.message(message_id))["finishedAt"])
        assert known_at - away.back_at <= timedelta(seconds=6)  # Event Grid's own next try comes after ten


@in_sqlite_only
def test_a_locked_store_doubles_nothing_though_timeouts_are_short(own_platform):
    """Event Grid comes again ten seconds after its first call has failed, which would be too late here."""
    step = {"channel": "whatsapp", "timeout": "PT9S"}
    to = {"whatsapp": "+14255550102", "sms": "+14255550123"}
    message_id = own_platform.post(to=to, channels=[step, "sms"])
    own_platform.waiting(message_id)
    [effect] = own_platform.ledger()
    report = {"channel": "whatsapp", "status": "Delivered", "providerMessageId": effect["providerMessageId"]}

    with closing(sqlite3.connect(own_platform.data / "landfall.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        own_platform.call("POST", f"{own_platform.local_url}/local/receipts", report)
        time.sleep(3)  # as long as the store is away: two processes know nothing of a clock of ours
    message = own_platform.finished(message_id)

    assert (message["status"], message["channel"], len(message["attempts"])) == ("delivered", "whatsapp", 1)
    assert len(own_platform.ledger()) == 1
