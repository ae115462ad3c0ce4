"""The local Event Grid: carries events from topics to the app's webhook, at least once and in no order."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp

from group_commit import GroupCommit
from local.clock import Clock
from local.event_grid.dead_letters import bury
from local.event_grid.deliveries import Delivery, forget, pending, postpone
from local.event_grid.schedule import is_too_old, next_attempt, reason_for_giving_up
from local.event_grid.subscriptions import SUBSCRIPTIONS, Subscription
from local.event_grid.webhook import DELIVERED, Webhook
from local.work import Piece

MOST_AT_ONCE = 32  # webhook calls under way; more would only queue in the host
HANDSHAKE_PAUSE_SECONDS = 0.1


class EventGrid:
    """Delivers what `deliveries.publish` has written, each event in a task of its own.

    `must_fail` is asked before every try: True makes it fail without a call. Nothing is tried before the webhook has
    answered the validation handshake, which starts with `deliver_to`.
    """

    def __init__(self, store: GroupCommit, clock: Clock, dead_letters: Path, must_fail: Callable[[], bool]) -> None:
        self._store, self._clock, self._dead_letters, self._must_fail = store, clock, dead_letters, must_fail
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._webhook: Webhook | None = None
        self._validated = {name: asyncio.Event() for name in SUBSCRIPTIONS}
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._handshakes: list[asyncio.Task[None]] = []
        self._carrying: dict[int, asyncio.Task[None]] = {}
        self._tried: dict[int, asyncio.Event] = {}
        self._is_stopped = False
        self.carry(pending(store.reader))

    def deliver_to(self, host_url: str, key: str | None = None) -> None:
        """Begin to deliver, to the Functions host with this address, as soon as it answers the handshake."""
        self._webhook = webhook = Webhook(self._http, host_url, self._clock, key)
        self._handshakes = [asyncio.create_task(self._shake_hands(webhook, each)) for each in SUBSCRIPTIONS.values()]

    def carry(self, deliveries: Iterable[Delivery]) -> None:
        """Take these on, once they are committed."""
        for delivery in () if self._is_stopped else deliveries:  # the disk has them
            self._tried[delivery.id] = asyncio.Event()
            taken = self._clock.work.begin("delivery")
            task = asyncio.create_task(self._carry(delivery))
            self._carrying[delivery.id] = task
            task.add_done_callback(partial(self._let_go, delivery.id, taken))

    async def tried(self, deliveries: Iterable[Delivery]) -> None:
        """Wait until each of these was tried once, or never will be."""
        for event in [self._tried[each.id] for each in deliveries if each.id in self._tried]:
            await event.wait()

    async def settled(self) -> None:
        """Wait until every event is delivered or dead-lettered."""
        await asyncio.gather(*self._carrying.values())

    def status(self) -> dict[str, object]:
        """{"pendingDeliveries": how many, "validatedSubscriptions": [names]}."""
        validated = [name for name, event in self._validated.items() if event.is_set()]
        return {"pendingDeliveries": len(self._carrying), "validatedSubscriptions": validated}

    async def stop(self) -> None:
        """Stop where it is; what is not delivered is on the disk."""
        self._is_stopped = True
        tasks = [*self._handshakes, *self._carrying.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()

    def _let_go(self, number: int, taken: Piece, _: asyncio.Task[None]) -> None:
        del self._carrying[number]
        self._tried.pop(number).set()
        taken.end()

    async def _shake_hands(self, webhook: Webhook, subscription: Subscription) -> None:
        while not await webhook.validate(subscription):  # noqa: ASYNC110  # it waits for another process
            await asyncio.sleep(HANDSHAKE_PAUSE_SECONDS)  # real time: a host is starting, not a customer waiting
        self._validated[subscription.name].set()

    async def _carry(self, delivery: Delivery) -> None:
        """Deliver one event, with retries, or write the dead letter."""
        while True:
            with self._clock.work.rest("delivery"):
                await self._clock.sleep_until(delivery.due_at)
            if is_too_old(delivery.published_at, self._clock.now()):
                return await self._bury(delivery, too_old=True)
            outcome = await self._try(delivery)
            if outcome == DELIVERED:
                return await self._store.write(partial(forget, delivery=delivery))
            now = self._clock.now()
            delivery = delivery.after_failure(outcome, now)
            due_at = next_attempt(delivery.attempts, outcome, now)
            if due_at is None:
                return await self._bury(delivery, too_old=False)
            delivery = replace(delivery, due_at=due_at)
            await self._store.write(partial(postpone, delivery=delivery))

    async def _try(self, delivery: Delivery) -> str:
        subscription = SUBSCRIPTIONS[delivery.subscription]
        await self._validated[subscription.name].wait()
        assert self._webhook is not None  # it has just been validated
        async with self._slots:
            if self._must_fail():
                outcome = "SocketError"
            else:
                outcome = await self._webhook.deliver(subscription, delivery)
        self._tried[delivery.id].set()
        return outcome

    async def _bury(self, delivery: Delivery, *, too_old: bool) -> None:
        bury(self._dead_letters, delivery, reason_for_giving_up(delivery.last_outcome, too_old=too_old))
        await self._store.write(partial(forget, delivery=delivery))
