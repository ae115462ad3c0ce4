"""What one message costs: each number here is paid for in Azure, so none may grow unnoticed.

docs/design.md, "What a message costs", says where they come from and what would lower them.
"""

from collections import Counter
from datetime import timedelta

import pytest

from domain.clock import to_text
from tests.intercepted import Intercepted
from tests.platform import MORNING, a_platform
from tests.stores import is_troubled

TEN_DAYS = 10 * 24 * 60 + 1
IN_TEN_DAYS = to_text(MORNING + timedelta(days=10))
SMS, FAILED_SMS, SILENT_SMS, EMAIL = "+14255550123", "+14255550101", "+14255550102", "ada@example.com"


class Bill:
    """Counts by what is counted: "turns", "executions" of anything else, "store operations"."""

    def __init__(self):
        self.counts: Counter[str] = Counter()

    def between(self, channels, documents):
        """The store's operations count, but for the sweeper's question which messages are due, one for all."""

        async def around(name, call):
            self.counts["store operations"] += name != "due"
            return await call()

        return channels, Intercepted(documents, around)

    def watch(self, worker):
        for name, what in (("run_orchestrator", "turns"), ("run_entity", "executions")):
            setattr(worker, name, self._counted(getattr(worker, name), what))
        invoke = worker.invoke

        async def counted(function, *called_with):
            self.counts["executions"] += function.kind != "timerTrigger"
            return await invoke(function, *called_with)

        worker.invoke = counted

    def _counted(self, call, what):
        def counted(*args):
            self.counts[what] += 1
            return call(*args)

        return counted


@pytest.mark.skipif(is_troubled(), reason="counts what is done where nothing has to be done again")
@pytest.mark.parametrize(
    ("story", "fields", "minutes", "most"),  # turns, executions, history rows, store operations
    [
        ("delivered by SMS", {"to": {"sms": SMS}}, 1, (4, 5, 17, 19)),
        ("SMS failed, delivered by email", {"to": {"sms": FAILED_SMS, "email": EMAIL}}, 1, (7, 8, 29, 33)),
        ("SMS silent, delivered by email", {"to": {"sms": SILENT_SMS, "email": EMAIL}}, 11, (7, 7, 29, 30)),
        ("marketing, delivered by SMS", {"to": {"sms": SMS}, "category": "marketing"}, 1, (4, 5, 17, 21)),
        ("for in ten days, delivered by SMS", {"to": {"sms": SMS}, "sendAt": IN_TEN_DAYS}, TEN_DAYS, (7, 7, 29, 28)),
    ],
)
async def test_a_message_costs_no_more_than_it_must(tmp_path, monkeypatch, story, fields, minutes, most):
    monkeypatch.setattr("store.controls.COPY_SECONDS", 3600)  # one look at the rules, which serves a second's messages
    bill = Bill()
    async with a_platform(tmp_path, bill.between) as platform:
        await platform.agrees("sms")
        bill.counts.clear()
        bill.watch(platform.host.client.engine.functions)
        message_id = await platform.post(**fields, channels=[*fields["to"]])
        await platform.advance(minutes=minutes)
        bill.counts["history rows"] = len(platform.host.client.engine.storage.history(message_id))
        cost = tuple(bill.counts[what] for what in ("turns", "executions", "history rows", "store operations"))
        print(f"\n{story}: {dict(bill.counts)}")  # noqa: T201  # for pytest -s
        assert (await platform.message(message_id))["status"] == "delivered"

    assert all(spent <= allowed for spent, allowed in zip(cost, most, strict=True)), cost
