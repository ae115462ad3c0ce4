"""What all channels do with a valid send: once per idempotency id, in one transaction with its reports."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from group_commit import GroupCommit
from local.clock import Clock
from local.event_grid.deliveries import Delivery, publish
from local.event_grid.event_grid import EventGrid
from local.event_grid.subscriptions import COMMUNICATION_TOPIC
from local.providers.behaviours import Behaviour, behaviour_of
from local.providers.events import STATUSES, report
from local.providers.faults import Fault, Faults
from local.providers.ledger import Effect, record
from local.providers.operations import Operation, recall, remember
from local.providers.opt_outs import BLOCKED, is_blocked
from local.providers.refusals import BY_STATUS, throttled, unavailable

BLOCKED_AFTER = timedelta(seconds=0.05)


class ConnectionCut(Exception):
    """The connection is closed without a response."""


@dataclass(frozen=True)
class Submission:
    """One send as a provider understood it, to one or more recipients.

    `operation_id` makes a repetition recognisable and `fingerprint` is what a repetition must have in common with the
    first call. `message_ids` are what the recipients' messages will be called, should this be the first call.
    """

    channel: str
    operation_id: str
    fingerprint: str
    attempt_id: str
    sender: str
    recipients: tuple[str, ...]
    message_ids: tuple[str, ...]
    content: dict[str, Any]
    tag: str | None = None
    wants_reports: bool = True

    @property
    def behaviours(self) -> list[Behaviour]:
        """The behaviour that each recipient's address asks for."""
        return [behaviour_of(recipient) for recipient in self.recipients]


@dataclass(frozen=True)
class Sent:
    """What became of a submission: now, or when it came first.

    `message_ids` are those of the first call; None when this id was used before for something else.
    """

    message_ids: tuple[str, ...] | None
    is_first: bool = False
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class Sending:
    """The part that the three channels share."""

    store: GroupCommit
    event_grid: EventGrid
    faults: Faults
    clock: Clock

    async def submit(self, channel: str, submissions: Sequence[Submission]) -> list[Sent]:
        """Execute these together, or recognise a repetition; on disk before this returns.

        Raises `Refusal` (429, 503) when nothing was executed, `ConnectionCut` when all was but nobody shall know.
        """
        fault = self.meet_fault(channel)
        outcome = await self.store.write(partial(execute, submissions=submissions, now=self.clock.now()))
        if isinstance(outcome, int):
            raise BY_STATUS[outcome]()
        await self._raise_reports(submissions, outcome)
        if fault:
            await self.faults.keep_back(fault)
        if (fault and fault.kind == "dropped") or _is_cut(submissions, outcome):
            raise ConnectionCut
        return outcome

    def meet_fault(self, channel: str) -> Fault | None:
        """The fault that was ordered for this call, if any. Raises `Refusal` for one that refuses it."""
        fault = self.faults.take(channel)
        if fault and fault.kind == "throttled":
            raise throttled()
        if fault and fault.kind == "unavailable":
            raise unavailable()
        return fault

    async def _raise_reports(self, submissions: Sequence[Submission], outcome: Sequence[Sent]) -> None:
        for submission, sent in zip(submissions, outcome, strict=True):
            self.event_grid.carry(sent.deliveries)
            if any(behaviour.reports_before_answer for behaviour in submission.behaviours):
                await self.event_grid.tried(sent.deliveries)


def execute(connection: sqlite3.Connection, submissions: Sequence[Submission], now: datetime) -> list[Sent] | int:
    """The transaction: the effects, their reports and the memory of them, or the HTTP status that refuses them all."""
    for submission in submissions:
        if (status := _refusal(connection, submission)) is not None:
            return status
    return [_execute_one(connection, submission, now) for submission in submissions]


def _refusal(connection: sqlite3.Connection, submission: Submission) -> int | None:
    known = recall(connection, submission.channel, submission.operation_id) or Operation(submission.fingerprint)
    statuses = max((behaviour.refusals for behaviour in submission.behaviours), key=len)
    if known.message_ids is not None or known.refusals >= len(statuses):
        return None
    remember(connection, submission.channel, submission.operation_id, replace(known, refusals=known.refusals + 1))
    return statuses[known.refusals]


def _execute_one(connection: sqlite3.Connection, submission: Submission, now: datetime) -> Sent:
    known = recall(connection, submission.channel, submission.operation_id)
    if known is not None and known.message_ids is not None:
        return Sent(known.message_ids if known.fingerprint == submission.fingerprint else None)
    operation = Operation(submission.fingerprint, message_ids=submission.message_ids)
    remember(connection, submission.channel, submission.operation_id, operation)
    deliveries: list[Delivery] = []
    for recipient, message_id in zip(submission.recipients, submission.message_ids, strict=True):
        effect = _effect(submission, recipient, message_id, now)
        is_kept_back = submission.channel == "sms" and is_blocked(connection, submission.sender, recipient)
        if not is_kept_back:
            record(connection, effect)
        if submission.wants_reports:
            deliveries += (_publish_block if is_kept_back else _publish_reports)(connection, effect)
    return Sent(submission.message_ids, is_first=True, deliveries=tuple(deliveries))


def _effect(submission: Submission, recipient: str, message_id: str, now: datetime) -> Effect:
    return Effect(
        now,
        submission.channel,
        recipient,
        submission.sender,
        message_id,
        submission.attempt_id,
        submission.tag,
        submission.content,
    )


def _publish_reports(connection: sqlite3.Connection, effect: Effect) -> list[Delivery]:
    deliveries: list[Delivery] = []
    for expected in behaviour_of(effect.to).reports:
        if expected.status in STATUSES[effect.channel]:
            at = effect.at + expected.after
            deliveries += publish(connection, COMMUNICATION_TOPIC, report(effect, expected.status, at), at)
    return deliveries


def _publish_block(connection: sqlite3.Connection, effect: Effect) -> list[Delivery]:
    at = effect.at + BLOCKED_AFTER
    return publish(connection, COMMUNICATION_TOPIC, report(effect, "Failed", at, BLOCKED), at)


def _is_cut(submissions: Sequence[Submission], outcome: Sequence[Sent]) -> bool:
    pairs = zip(submissions, outcome, strict=True)
    return any(sent.is_first and any(each.cuts_first_answer for each in asked.behaviours) for asked, sent in pairs)
