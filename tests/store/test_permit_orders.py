"""STOP, START and a beginning call in every order of their store operations, with every stale read that may happen.

The code is the real one. The store is a model of Cosmos DB under session consistency: a read may be answered by any
version since the one that its session has seen, a write is judged by the newest.
"""

import asyncio
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from domain.customers.suppression import started, stopped
from domain.errors import Conflict, Stale
from domain.identities import digest
from store.address_book import LEAVES_AFTER, Addresses
from store.address_rows import Holder
from store.documents import Stored
from tests.domain.messages.records import a_message
from tests.stores import addresses_in

NUMBER, NOON = "+14255550123", datetime(2027, 3, 1, 12, tzinfo=UTC)
Choices = list[int]


@dataclass
class Versions:
    """All versions of each document, and who is at work: one after the other takes a step."""

    plan: Choices
    taken: list[tuple[int, int]] = field(default_factory=list)
    versions: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    etags: Iterator[int] = field(default_factory=count)
    expiring: set[str] = field(default_factory=set)
    erases: bool = False
    visited: set[Any] = field(default_factory=set)

    def expire(self) -> None:
        """Minutes pass, in which nobody is at work: what was written to expire is gone."""
        for document_id in self.expiring:
            del self.versions[document_id]

    def was_here(self, sessions: "dict[str, Session]") -> bool:
        """Whether another plan has come to this very state, from where all has been tried."""
        if len(self.taken) < len(self.plan):
            return False
        state = (*self.written, *((name, *each.history) for name, each in sorted(sessions.items())))
        if state in self.visited:
            return True
        self.visited.add(state)
        return False

    def choose(self, options: int) -> int:
        """The next choice of the plan; the first option beyond its end."""
        chosen = self.plan[len(self.taken)] if len(self.taken) < len(self.plan) else 0
        self.taken.append((chosen, options))
        return chosen


@dataclass
class Session:
    """What one worker has of the store. `turn` lets it take its next step. `history` is all that it was answered."""

    store: Versions
    name: str
    seen: dict[str, int] = field(default_factory=dict)
    history: list[Any] = field(default_factory=list)
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    stepped: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self) -> None:
        self.stepped.set()
        await self.turn.wait()
        self.turn.clear()

    async def read(self, _container: str, _partition: str, document_id: str, *, newest: bool = False) -> Stored | None:
        versions = self.store.versions.get(document_id, [])
        if document_id.startswith("erased-") and not self.store.erases:
            return None  # nobody writes it: it makes no difference when this is read
        await self.step()
        versions = self.store.versions.get(document_id, [])
        oldest = self.seen.get(document_id, 0)
        options = [None, *versions][oldest:] if not newest else [versions[-1] if versions else None]
        found = options[-1 - self.store.choose(len(options))]
        self.history.append(found and found[0])
        if found is None:
            return None
        self.seen[document_id] = max(oldest, versions.index(found) + 1)
        return Stored(deepcopy(found[1]), found[0])

    async def create(self, _container: str, document: Any, expires_in: timedelta | None = None) -> str:
        await self.step()
        if self.store.versions.get(document["id"]):
            self.seen[document["id"]] = len(self.store.versions[document["id"]])
            self.history.append("conflict")
            raise Conflict
        return self._write(document, expires_in)

    async def replace(self, _container: str, document: Any, etag: str, expires_in: timedelta | None = None) -> str:
        await self.step()
        if self.store.versions[document["id"]][-1][0] != etag:
            self.seen[document["id"]] = len(self.store.versions[document["id"]])
            self.history.append("stale")
            raise Stale
        return self._write(document, expires_in)

    def _write(self, document: Any, expires_in: timedelta | None) -> str:
        if expires_in == LEAVES_AFTER:
            self.store.expiring.add(document["id"])
        else:
            self.store.expiring.discard(document["id"])
        etag = str(next(self.store.etags))
        versions = self.store.versions.setdefault(document["id"], [])
        versions.append((etag, deepcopy(document)))
        self.seen[document["id"]] = len(versions)
        self.store.written.append(self.name)
        self.history.append(etag)
        return etag


async def run(plan: Choices, actors: dict[str, Any], store: Versions | None = None) -> tuple[Versions, dict[str, Any]]:
    """Let the actors take their steps in the order that the plan says; what was chosen, and what each returned."""
    store = store or Versions(plan)
    sessions = {name: Session(store, name) for name in actors}
    documents: dict[str, Any] = {**sessions}  # as much of a store as an address book needs
    tasks = {name: asyncio.create_task(actor(addresses_in(documents[name]))) for name, actor in actors.items()}
    acting = dict(tasks)
    while acting:
        for name in [*acting]:
            await _at_rest(sessions[name], acting[name])
            if acting[name].done():
                del acting[name]
        if acting and store.was_here(sessions):
            for task in acting.values():
                task.cancel()
            return store, {}
        if acting:
            name = sorted(acting)[store.choose(len(acting))]
            sessions[name].stepped.clear()
            sessions[name].turn.set()
    return store, {name: task.result() for name, task in tasks.items()}


async def _at_rest(session: Session, task: "asyncio.Task[Any]") -> None:
    """Until it waits for its next step, or is done."""
    waiting = asyncio.create_task(session.stepped.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def next_plan(taken: list[tuple[int, int]]) -> Choices | None:
    """The plan after the one in which this was taken; None after the last."""
    while taken and taken[-1][0] + 1 == taken[-1][1]:
        taken = taken[:-1]
    return [*(chosen for chosen, _ in taken[:-1]), taken[-1][0] + 1] if taken else None


async def call(addresses: Addresses) -> int | None:
    """The attempt begins: its address gets its owner, and then the permit is asked for. The place of the write that is
    the permit, -1 if there is none; None for a refusal.
    """
    seen = await addresses.point("sms", NUMBER, Holder("ada", "ada", "c-ada"))
    session: Any = addresses.documents
    before = len(session.store.written)
    if await addresses.permit("sms", NUMBER, a_message(), seen):
        return None
    own = [place for place, writer in enumerate(session.store.written) if writer == session.name and place >= before]
    return own[-1] if own else -1


async def stop(addresses: Addresses) -> None:
    await addresses.learn("sms", [NUMBER], *stopped(NOON, "reply"))


async def start(addresses: Addresses) -> None:
    await addresses.learn("sms", [NUMBER], *started(NOON + timedelta(minutes=1)))


async def test_in_no_order_is_a_permit_written_after_the_stop(monkeypatch):
    monkeypatch.setattr("store.collisions.LONGEST_PAUSE_SECONDS", 0)
    monkeypatch.setattr("store.collisions.FIRST_PAUSE_SECONDS", 0)
    plan: Choices | None = []
    orders, permitted, visited = 0, 0, set[Any]()
    while plan is not None:
        store = Versions(plan, visited=visited)
        store, results = await run(plan, {"call": call, "other call": call, "stop": stop}, store)
        plan = next_plan(store.taken)
        if not results:
            continue
        for name in ("call", "other call"):
            permit = results[name]
            assert permit is None or 0 <= permit < store.written.index("stop"), store
        orders, permitted = orders + 1, permitted + (results["call"] is not None)

    assert len(visited) > 500, len(visited)
    assert 0 < permitted < orders


async def test_in_every_order_of_stop_and_start_the_later_word_counts(monkeypatch):
    monkeypatch.setattr("store.collisions.LONGEST_PAUSE_SECONDS", 0)
    monkeypatch.setattr("store.collisions.FIRST_PAUSE_SECONDS", 0)
    plan: Choices | None = []
    orders, visited = 0, set[Any]()
    while plan is not None:
        store = Versions(plan, visited=visited)
        store, results = await run(plan, {"start": start, "stop": stop, "stop again": stop}, store)
        plan = next_plan(store.taken)
        if not results:
            continue
        [versions] = store.versions.values()
        [stop_said, *_] = versions[-1][1]["suppressions"]
        assert stop_said["at"] < stop_said["liftedAt"], store
        orders += 1

    assert len(visited) > 50, len(visited)


async def erase(addresses: Addresses) -> None:
    await addresses.erase(f"addr-sms-{digest(NUMBER[1:])}", "ada", NOON + timedelta(days=91))


async def test_in_no_order_does_an_erasure_lose_a_stop(monkeypatch):
    monkeypatch.setattr("store.collisions.LONGEST_PAUSE_SECONDS", 0)
    monkeypatch.setattr("store.collisions.FIRST_PAUSE_SECONDS", 0)
    plan: Choices | None = []
    orders, visited = 0, set[Any]()
    while plan is not None:
        first, _ = await run([], {"first": call})
        store = Versions(plan, versions=first.versions, etags=first.etags, erases=True, visited=visited)
        store, results = await run(plan, {"call": call, "stop": stop, "erase": erase}, store)
        plan = next_plan(store.taken)
        if not results:
            continue
        permit = results["call"]
        assert permit is None or permit < store.written.index("stop"), store
        store.expire()
        _, later = await run([], {"later": call}, Versions([], versions=store.versions, etags=store.etags, erases=True))
        assert later["later"] is None, store
        orders += 1

    assert len(visited) > 100, len(visited)
