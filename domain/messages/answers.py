"""What a provider can answer to one call, and how that changes an attempt.

None of these is an error: the decision handles them all.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.messages.attempt import Attempt, Reason, rank

PAUSES = (1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 900)
"""Seconds before a call is repeated when the provider named no time; the last stands for all further ones.

Each is as long as all before it together, so a message is delayed by at most the length of the outage, and by at most
15 minutes once the provider is back. The longest timeout, 72 hours, takes 300 calls.
"""


@dataclass(frozen=True)
class Accepted:
    """The provider has taken the message. Delivery is known only from a later receipt."""

    provider_message_id: str


@dataclass(frozen=True)
class Refused:
    """The provider will not send this, however often it is asked.

    `was_asked`: whether the provider said so; otherwise we did not call it, since the customer has said STOP.
    """

    reason: Reason
    was_asked: bool = True


@dataclass(frozen=True)
class TryLater:
    """Nothing was sent. `after` is what the provider asked for, zero when it named no time.

    `was_asked`: whether the provider said so; otherwise it was not even called, and that is no try.
    """

    reason: Reason
    after: timedelta = timedelta()
    was_asked: bool = True


@dataclass(frozen=True)
class Unknown:
    """The request left and no usable answer came: the message may be on its way."""

    reason: Reason


Answer = Accepted | Refused | TryLater | Unknown


def answered(attempt: Attempt, answer: Answer, at: datetime, begun: Attempt | None = None) -> Attempt:
    """The attempt after its provider has answered. Like every fold it only raises the rank, since a receipt may have
    arrived first.

    `begun` is the attempt as it was written before that call: what was folded in already is not taken back again.
    """
    if isinstance(answer, TryLater) and not answer.was_asked and attempt.tries == (begun or attempt).tries:
        attempt = replace(attempt, tries=attempt.tries - 1)
    match answer:
        case Accepted(provider_message_id):
            return replace(attempt, provider_message_id=provider_message_id).raised_to("accepted", at)
        case Refused(reason, was_asked) if not was_asked and attempt.tries != (begun or attempt).tries:
            return attempt.raised_to("unknown", at, reason)  # another execution may have called
        case Refused(reason):
            return attempt.raised_to("failed", at, reason)
        case TryLater() | Unknown() if rank(attempt.status) > rank("unknown"):
            return attempt  # a receipt or another execution knows more
        case TryLater(reason, after):
            return replace(attempt, retry_at=at + max(after, _pause(attempt)), reason=attempt.reason or reason)
        case Unknown(reason):
            return replace(attempt.raised_to("unknown", at, reason), retry_at=at + _pause(attempt))


def _pause(attempt: Attempt) -> timedelta:
    return timedelta(seconds=PAUSES[min(max(attempt.tries, 1), len(PAUSES)) - 1])
