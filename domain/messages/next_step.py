"""What happens next to a message: a pure function of its record, its customer and the time.

Which channel, how long, is it over, why did we stop: all of that is decided here and nowhere else.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain import clock
from domain.customers.addresses import in_ascii, recipient_digest
from domain.customers.customer import Customer
from domain.messages.attempt import Attempt, Reason, rank
from domain.messages.message import Held, Message, Outcome, RouteStep, Skip
from domain.messages.permission import ERASED, UNCLEAR, why_forbidden
from domain.messages.rules import NO_RULES, Rules
from domain.traits import TRAITS, takes_email_addresses


@dataclass(frozen=True)
class Send:
    """Hand attempt number `attempt` to the provider of `channel`; again, when it was handed over before."""

    channel: str
    attempt: int


@dataclass(frozen=True)
class Wait:
    """Nothing to do before `until`, unless something new is recorded."""

    until: datetime


@dataclass(frozen=True)
class Finish:
    """The plan has ended, with this outcome."""

    status: str
    channel: str | None = None
    attempt: int | None = None


Step = Send | Wait | Finish

READ_WITHIN = timedelta(hours=1)
"""How often a message looks whether somebody has decided what a reply means."""

QUIET = Reason("quietHours", "The customer is not written to at this hour.")


@dataclass(frozen=True)
class Decision:
    """The record, with the changes that time has caused, and the next step."""

    message: Message
    step: Step

    def to_payload(self) -> dict[str, Any]:
        """The step as the workflow gets it: ids and numbers only, and which activity comes next, with which input.

        `progress` is what the status query of the workflow shows.
        """
        last = self.message.attempts[-1] if self.message.attempts else None
        progress = {
            "status": self.message.status,
            "channel": last.channel if last else None,
            "attempt": last.number if last else None,
            "until": None,
        }
        match self.step:
            case Send(channel, attempt):
                progress |= {"status": "sending", "channel": channel, "attempt": attempt}
                asked = {"channel": channel, "attempt": attempt}
                return {"kind": "send", "activity": "send", "input": asked, "progress": progress}
            case Wait(until):
                moment = clock.to_text(until)
                progress["until"] = moment
                look = {"activity": "take_next_step", "input": {}}
                return {"kind": "wait", "until": moment, **look, "progress": progress}
            case Finish(status, channel, attempt):
                outcome = {"status": status, "channel": channel, "attempt": attempt}
                return {"kind": "finish", "outcome": outcome, "progress": {**outcome, "until": None}}


@dataclass(frozen=True)
class Next:
    """What happens next to a message, for people: "send", "wait" or "hold", when, and why."""

    action: str
    at: datetime
    because: str
    channel: str | None = None

    @classmethod
    def of(cls, decision: Decision, now: datetime) -> "Next | None":
        """None when the plan has ended."""
        message = decision.message
        last = message.attempts[-1] if message.attempts else None
        match decision.step:
            case Finish():
                return None
            case Send(channel, attempt):
                is_again = last is not None and last.number == attempt
                because = "tryAgain" if is_again else "fallback" if last or message.skipped else "accepted"
                return cls("send", now, because, channel)
            case Wait(until) if message.held:
                return cls("hold", until, message.held.reason.code, message.held.channel)
            case Wait(until) if last is None or last.is_settled:
                return cls("send", until, "sendAt")
            case Wait(until):
                is_taken = rank(last.status) > rank("unknown")
                return cls("wait", until, "noReportYet" if is_taken else "tryAgain", last.channel)


def next_step(message: Message, customer: Customer | None, now: datetime, rules: Rules = NO_RULES) -> Decision:
    """Decide. Without a customer on file, the addresses are those in the message alone."""
    if decision := step_without_customer(message, now, rules):
        return decision
    message = _with_timeouts(message, now)
    if message.category == "marketing" and customer and customer.is_unclear:
        return _hold_until_read(message, now)
    opens_at = _opens_at(message, customer, now, rules)
    if opens_at > now:
        return _hold_until(message, opens_at, now)
    decided, step = _next_channel(message, customer, now, rules)
    if step:
        return Decision(decided, step)
    return _finish(decided, "undelivered" if decided.attempts else "notSent", now)


def step_without_customer(message: Message, now: datetime, rules: Rules = NO_RULES) -> Decision | None:
    """The decision, where it follows from the record alone; None when another attempt may begin, which depends on the
    customer.
    """
    if message.outcome:
        return Decision(message, Finish(message.outcome.status, message.outcome.channel, message.outcome.attempt))
    message = _with_timeouts(message, now)
    best = message.best
    if best and message.is_met_by(best):
        return _finish(message, "", now)
    if message.superseded_by and not message.attempts:
        return _finish(message, "superseded", now)
    if message.cancelled_at or message.terminated_at:
        return _finish(message, "cancelled", now)
    if now >= message.deadline:
        return _finish(message, "expired", now)
    if message.attempts and (step := _open_step(message, message.attempts[-1], now)):
        if isinstance(step, Send) and rules.pause_of(step.channel, message.category, now):
            return Decision(*_hold(message, step.channel, times_out_at(message, message.attempts[-1]), now, rules))
        return Decision(_released(message), step)
    if message.send_at and now < message.send_at:
        return Decision(message, Wait(min(message.send_at, message.deadline)))
    if rules.pause_of(None, message.category, now):
        return Decision(*_hold(message, None, message.deadline, now, rules))
    return None


def _hold(message: Message, channel: str | None, latest: datetime, now: datetime, rules: Rules) -> tuple[Message, Step]:
    """Wait while a pause stops this channel, or all of them: until it ends by itself, at the latest until `latest`.

    Whoever resumes sending wakes the message.
    """
    known = message.held
    since = known.since if known and known.channel == channel else now
    pause, next_end = rules.pause_of(channel, message.category, now), rules.next_end(now)
    held = Held(since, paused(channel), channel, pause.until if pause else None)
    until = min(latest, next_end) if next_end else latest
    return replace(message, held=held, held_at=rules.released_at), Wait(until)


def _opens_at(message: Message, customer: Customer | None, now: datetime, rules: Rules) -> datetime:
    """When an attempt may begin. One-time codes and what is critical begin at any hour."""
    if message.category == "authentication" or message.priority == "critical":
        return now
    numbers = (
        address_of(message, customer, it.channel) for it in message.route if not takes_email_addresses(it.channel)
    )
    return rules.opens_at(message.category, customer, next(filter(None, numbers), None), now)


def _hold_until(message: Message, opens_at: datetime, now: datetime) -> Decision:
    """Wait for the end of the quiet hours. Without an `expiresAt` the time until then does not count."""
    known = message.held
    since = known.since if known and known.reason == QUIET else now
    first = message.opens_at or (opens_at if not message.attempts else None)
    held = replace(message, held=Held(since, QUIET, until=opens_at), held_at=None, opens_at=first)
    return Decision(held, Wait(min(opens_at, held.deadline)))


def _hold_until_read(message: Message, now: datetime) -> Decision:
    """Wait until a person has decided whether a reply was meant as STOP; look again now and then."""
    known = message.held
    since = known.since if known and known.reason == UNCLEAR else now
    held = replace(message, held=Held(since, UNCLEAR), held_at=None)
    return Decision(held, Wait(min(now + READ_WITHIN, message.deadline)))


def _released(message: Message) -> Message:
    return replace(message, held=None, held_at=None) if message.held else message


def paused(channel: str | None) -> Reason:
    return Reason("paused", f"An operator has paused sending{f' by {channel}' if channel else ''}.")


def _with_timeouts(message: Message, now: datetime) -> Message:
    """Every attempt that has timed out is marked so, with the reason."""
    for attempt in message.attempts:
        if not attempt.is_settled and now >= times_out_at(message, attempt):
            message = message.with_attempt(attempt.raised_to("timedOut", now, _why_silent(message, attempt)))
    return message


def _why_silent(message: Message, attempt: Attempt) -> Reason:
    if attempt.retry_at and attempt.reason:
        return attempt.reason  # the provider never took it and said why, or gave no answer
    waited = f"PT{message.route_step(attempt.channel).timeout.total_seconds():g}S"
    return Reason("noDeliveryReceipt", f"No delivery receipt came within {waited}.")


def times_out_at(message: Message, attempt: Attempt) -> datetime:
    """The timeout counts from the moment an attempt begins, so that the customer is reached in the time promised."""
    began = attempt.first_sent_at or message.created_at
    return min(began + message.route_step(attempt.channel).timeout, message.deadline)


def _open_step(message: Message, attempt: Attempt, now: datetime) -> Step | None:
    """What the latest attempt asks for, or None when it is no longer waited for."""
    until = times_out_at(message, attempt)
    if now >= until or attempt.status == "timedOut" or attempt.is_lost:
        return None
    if rank(attempt.status) > rank("unknown"):
        return Wait(until)
    if not _may_repeat(message, attempt, now):
        return Wait(until)
    if attempt.retry_at and attempt.retry_at > now:
        return Wait(min(attempt.retry_at, until))
    return Send(attempt.channel, attempt.number)


def _may_repeat(message: Message, attempt: Attempt, now: datetime) -> bool:
    """Whether the call may be made once more with the same id.

    While the provider has said that nothing was sent, always. When it is not known what became of the call, within
    the window in which the provider is trusted to recognise the id, and only if the sender takes that risk.
    """
    if attempt.status == "sending" and attempt.retry_at:
        return True
    return message.if_unknown == "retry" and attempt.repeat_until is not None and now < attempt.repeat_until


def _next_channel(
    message: Message, customer: Customer | None, now: datetime, rules: Rules
) -> tuple[Message, Step | None]:
    """What to do with the next channel of the route that can be used; those before it that cannot are skipped.

    A paused channel uses up its timeout, so that the fallback still comes, unless the message has low priority. But
    what no other channel can carry waits for the pause to end.
    """
    used = {attempt.channel for attempt in message.attempts} | {skip.channel for skip in message.skipped}
    left = [route_step for route_step in message.route if route_step.channel not in used]
    for place, route_step in enumerate(left):
        channel = route_step.channel
        reason = _why_unusable(message, customer, route_step, now, rules)
        if reason is None:
            if not rules.pause_of(channel, message.category, now):
                return _released(message), Send(channel, attempt=len(message.attempts) + 1)
            passes_on_at = _passes_on_at(message, route_step, now)
            if now < passes_on_at:
                return _hold(message, channel, passes_on_at, now, rules)
            if not any(_is_usable_now(message, customer, it, now, rules) for it in left[place + 1 :]):
                return _hold(message, channel, message.deadline, now, rules)
            reason = paused(channel)
        message = message.with_skip(Skip(channel, reason))
    return message, None


def _passes_on_at(message: Message, route_step: RouteStep, now: datetime) -> datetime:
    """When a paused channel has used up its timeout."""
    if message.priority == "low":
        return message.deadline
    held = message.held
    since = held.since if held and held.channel == route_step.channel else now
    return min(since + route_step.timeout, message.deadline)


def _is_usable_now(
    message: Message, customer: Customer | None, route_step: RouteStep, now: datetime, rules: Rules
) -> bool:
    is_paused = rules.pause_of(route_step.channel, message.category, now)
    return not is_paused and _why_unusable(message, customer, route_step, now, rules) is None


def why_never(message: Message, customer: Customer | None, rules: Rules = NO_RULES) -> list[Reason]:
    """Why no step of the route can ever be used, a reason for each; nothing where one can.

    A window that is closed is a matter of time: the customer may write at any moment. So is a pause.
    """
    reasons = [_why_impossible(message, customer, route_step, rules) for route_step in message.route]
    return [reason for reason in reasons if reason] if all(reasons) else []


def _why_unusable(
    message: Message, customer: Customer | None, route_step: RouteStep, now: datetime, rules: Rules
) -> Reason | None:
    if reason := _why_impossible(message, customer, route_step, rules):
        return reason
    if reason := why_forbidden(message, customer, route_step.channel, now, rules):
        return reason
    address = address_of(message, customer, route_step.channel) or ""
    if customer and customer.window_is_closed(route_step.channel, address, now):
        return Reason("outsideWindow", "The customer has not written by WhatsApp from this number within 24 hours.")
    return None


def _why_impossible(message: Message, customer: Customer | None, route_step: RouteStep, rules: Rules) -> Reason | None:
    """Why this content cannot go to this customer on this channel, now or later."""
    if customer and customer.erased_at:
        return ERASED
    address = address_of(message, customer, route_step.channel)
    if not address:
        return no_address(route_step.channel)
    if message.mode == "team" and recipient_digest(address) not in message.recipients:
        return Reason("recipientNotListed", "The API key may write to the recipients that it lists, and to no others.")
    if reason := rules.why_country_is_refused(route_step.channel, address):
        return reason
    longest = TRAITS[route_step.channel].longest_text
    if longest is None:
        return None
    text = message.content.on(route_step.channel).text
    if not text:
        return Reason("noText", f"The content has no plain text, and {route_step.channel} carries nothing else.")
    if len(text) > longest:
        return Reason("tooLong", f"The text is longer than the {longest} characters of {route_step.channel}.")
    return None


def no_address(channel: str) -> Reason:
    return Reason("noAddress", f"The customer has no address for {channel}.")


def address_of(message: Message, customer: Customer | None, channel: str) -> str | None:
    """The customer's address on this channel: from the message, else from the customer on file.

    Email addresses were stored with other than ASCII domains once, which some providers rewrite.
    """
    address = message.to.get(channel) or (customer.contact_points.get(channel) if customer else None)
    return in_ascii(address) if address and takes_email_addresses(channel) else address


def _finish(message: Message, otherwise: str, now: datetime) -> Decision:
    """End the plan with its best attempt, or, where none succeeded, with the outcome `otherwise`."""
    best = message.best
    status = best.status if best and best.has_arrived else "sent" if best else otherwise
    outcome = Outcome(status, best.channel, best.number) if best else Outcome(status)
    ended = replace(_released(message), outcome=outcome, finished_at=now)
    return Decision(ended, Finish(outcome.status, outcome.channel, outcome.attempt))
