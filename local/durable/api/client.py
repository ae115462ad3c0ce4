"""The requests that the engine takes from outside. Each returns after the request is on disk."""

import asyncio
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from local.durable.api.functions import does_not_exist
from local.durable.engine import Engine
from local.durable.execution.entities import EntityId, signal
from local.durable.execution.history import EventType, Row, compact, row
from local.durable.execution.rewind import rewinding
from local.durable.execution.runs import after, new_instance
from local.durable.persistence.records import Instance, Letter
from local.durable.persistence.transactions import forget, forget_entity, post, rewind, start

LONGEST_ID = 256
_ID = re.compile(r"[^@/\\#?\x00-\x1f\x7f][^/\\#?\x00-\x1f\x7f]*")


class BadRequest(Exception):
    """An argument is wrong: an unknown function, or an invalid id."""


class AlreadyExists(Exception):
    """A live workflow has this id."""


class NoSuchInstance(Exception):
    """There is no workflow with this id."""


class InstanceFinished(Exception):
    """The workflow is over and takes no more requests."""


class WrongState(Exception):
    """The workflow is suspended already, or not suspended."""


@dataclass(frozen=True)
class Client:
    """The requests of the durable client, without HTTP. With `replaces_live` a start ends what lives under its id."""

    engine: Engine
    replaces_live: bool = False

    async def start_new(
        self, name: str, instance_id: str | None = None, input_text: str | None = None, version: str | None = None
    ) -> str:
        """Begin a workflow and return its id. Raises `BadRequest` and `AlreadyExists`. `input_text` is JSON."""
        functions = self.engine.functions
        known = functions.orchestrators
        if name.lower() not in known:
            raise BadRequest(does_not_exist(name, "orchestrator", known))
        instance_id = instance_id or uuid.uuid4().hex
        if len(instance_id) > LONGEST_ID or not _ID.fullmatch(instance_id):
            raise BadRequest(
                "Instance ids have at most 256 characters, do not begin with @, and hold none of / \\ # ?."
            )
        return await self._start(known[name.lower()], instance_id, input_text, version or functions.versions.default)

    async def restart(self, instance_id: str, *, new_id: bool) -> str:
        """Begin the same workflow with the same input again, under its own or a new id. Raises `BadRequest`."""
        instance = self.engine.storage.instance(instance_id)
        if instance is None:
            raise BadRequest("InstanceId does not match a valid orchestration instance.")
        target = uuid.uuid4().hex if new_id else instance_id
        return await self._start(instance.name, target, instance.input, instance.version)

    async def _start(self, name: str, instance_id: str, input_text: str | None, version: str | None) -> str:
        if self.replaces_live:
            await self._end(instance_id)
        before = self.engine.storage.instance(instance_id)
        now = after(before, self.engine.clock.now()) if before else self.engine.clock.now()
        instance, letter = new_instance(instance_id, name, version, input_text, now)
        if status := await self.engine.storage.write(partial(start, instance, letter)):
            raise AlreadyExists(f"An Orchestration instance with the status {status} already exists.")
        self.engine.wake(instance_id)
        return instance_id

    async def _end(self, instance_id: str) -> None:
        """Return when no live instance has this id."""
        with suppress(NoSuchInstance, InstanceFinished):
            await self.terminate(instance_id, "A new instance was started under this id.")
            await self.until(instance_id, lambda instance: not instance.is_live)

    async def until(self, instance_id: str, wanted: Callable[[Instance], bool]) -> Instance:
        """Wait until the workflow is in the wanted state, and return it. Raises `NoSuchInstance`."""
        while True:
            turned = self.engine.next_turn(instance_id)
            instance = self.engine.storage.instance(instance_id)
            if instance is None:
                raise NoSuchInstance
            if wanted(instance):
                return instance
            await turned.wait()

    async def finished_within(self, instance_id: str, within: timedelta) -> Instance | None:
        """Wait for the end of the workflow; None if it has not ended by then."""
        end = asyncio.create_task(self.until(instance_id, lambda instance: not instance.is_live))
        clock = self.engine.clock
        alarm = asyncio.ensure_future(clock.sleep_until(clock.now() + within))
        try:
            await asyncio.wait((end, alarm), return_when=asyncio.FIRST_COMPLETED)
            return end.result() if end.done() else None
        finally:
            end.cancel()
            alarm.cancel()

    async def raise_event(self, instance_id: str, name: str, input_text: str) -> None:
        await self._tell(instance_id, row(EventType.EVENT_RAISED, self.engine.clock.now(), Name=name, Input=input_text))

    async def terminate(self, instance_id: str, reason: str | None) -> None:
        await self._tell(instance_id, row(EventType.EXECUTION_TERMINATED, self.engine.clock.now(), Input=reason))

    async def suspend(self, instance_id: str, reason: str | None) -> None:
        if self._live(instance_id).status == "Suspended":
            raise WrongState("The orchestration is suspended already.")
        await self._tell(instance_id, row(EventType.EXECUTION_SUSPENDED, self.engine.clock.now(), Reason=reason))

    async def resume(self, instance_id: str, reason: str | None) -> None:
        if self._live(instance_id).status != "Suspended":
            raise WrongState("The orchestration is not suspended.")
        await self._tell(instance_id, row(EventType.EXECUTION_RESUMED, self.engine.clock.now(), Reason=reason))

    async def rewind(self, instance_id: str, reason: str | None) -> None:
        """Let a failed workflow try its last step again. Raises `NoSuchInstance`, `InstanceFinished`, `WrongState`."""
        instance = self.engine.storage.instance(instance_id)
        if instance is None:
            raise NoSuchInstance
        if instance.is_live:
            raise WrongState("Only a failed orchestration can be rewound; this one is running.")
        letter = rewinding(instance_id, self.engine.clock.now(), reason)
        if not await self.engine.storage.write(partial(rewind, letter)):
            raise InstanceFinished
        self.engine.wake(instance_id)

    async def purge(self, instance_id: str) -> bool:
        """Remove an entity, or a finished workflow; False if it still runs. Raises `NoSuchInstance`."""
        if instance_id.startswith("@") and await self.engine.storage.write(partial(forget_entity, instance_id)):
            return True
        instance = self.engine.storage.instance(instance_id)
        if instance is None:
            raise NoSuchInstance
        return not instance.is_live and await self.engine.storage.write(partial(forget, instance_id))

    async def signal_entity(self, entity: EntityId, operation: str, input_text: str | None) -> None:
        """Raises `BadRequest` for an unknown entity name. `input_text` is JSON."""
        known = self.engine.functions.entities
        if entity.name.lower() not in known:
            raise BadRequest(does_not_exist(entity.name, "entity", known))
        letter = signal(entity, operation, input_text)
        await self.engine.storage.write(partial(post, letter))
        self.engine.wake(letter.target)

    def _live(self, instance_id: str) -> Instance:
        instance = self.engine.storage.instance(instance_id)
        if instance is None:
            raise NoSuchInstance
        if not instance.is_live:
            raise InstanceFinished
        return instance

    async def _tell(self, instance_id: str, body: Row) -> None:
        """Raises `NoSuchInstance` and `InstanceFinished`."""
        self._live(instance_id)
        if not await self.engine.storage.write(partial(post, Letter(instance_id, compact(body)))):
            raise InstanceFinished
        self.engine.wake(instance_id)
