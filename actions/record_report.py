"""Record a delivery report: write it into the message, wake the workflow, then acknowledge the event.

The order is docs/doorbell.md, rule 8.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from azure.durable_functions import DurableOrchestrationClient

from actions.suppress import learn_of_address
from actions.workflow import ring, signal
from channels.calls import bounded
from channels.report import Report
from channels.sdk_answers import no_answer
from domain import clock
from domain.customers.addresses import is_same
from domain.errors import Stale, StoreUnavailable
from domain.identities import OURS, attempt_id
from domain.messages.answers import TryLater
from domain.messages.attempt import Attempt, Engagement, Reason, Receipt
from domain.messages.message import Message
from domain.messages.retention import MOST_QUESTIONS
from events.event import Event
from events.topic_events import StatusTold
from services import Services
from store.collisions import Collisions
from store.correlations import AttemptRow
from store.messages import Record
from telemetry.log_lines import json_log
from telemetry.metrics import attempt_unreported, recipient_differs
from telemetry.traces import message_span

log = json_log(__name__)

News = Receipt | Engagement


async def record_report(services: Services, client: DurableOrchestrationClient, event: Event, report: Report) -> None:
    """A provider reports on an attempt. A report whose attempt is not known yet is stored.

    The report's id (our own attempt id where the provider returns it, else the provider's id of the message) leads to
    the attempt's row, the row to the record of the message, and the turn in the record to the workflow that waits: its
    instance id is the message id, and it waits for `wake-<turn>`.
    """
    row = await _attempt_of(services, report)
    if row is None:
        if _waits(services, report):
            log.info("report waits for its attempt")
        else:
            await _keep_unmatched(services, event, report.id, report.news, "unknownAttempt")
        return

    def attempt_in(message: Message) -> Attempt | None:
        attempt = message.attempt(row.attempt)
        return attempt if attempt and attempt.channel == report.channel else None

    await record_early(services, client, row)
    attempt = await _fold_and_ring(
        services, client, row.conversation_id, row.message_id, attempt_in, report.news, event.at
    )
    if attempt:
        await _note_recipient(services, row, attempt, report)
    elif row.channel == report.channel and await services.messages.find(row.conversation_id, row.message_id):
        raise StoreUnavailable(f"attempt {row.attempt} of message {row.message_id} cannot be read yet")
    else:
        await _keep_unmatched(services, event, report.id, report.news, "doesNotFit")


async def _note_recipient(services: Services, row: AttemptRow, attempt: Attempt, report: Report) -> None:
    """Whom the provider calls the recipient.

    The id identifies the attempt, so a different recipient is only logged. The address is empty after it was erased.
    WhatsApp's own id of the person is stored, since their replies may carry nothing else.
    """
    if report.recipient and attempt.to and not is_same(report.channel, report.recipient, attempt.to):
        log.warning("report names another recipient", messageId=row.message_id, attempt=row.attempt)
        recipient_differs(report.channel)
    elif report.user_id and attempt.to:
        await services.addresses.also_known_as(report.channel, attempt.to, report.user_id)


async def record_early(services: Services, client: DurableOrchestrationClient, row: AttemptRow) -> None:
    """The sender folds in early reports, unless it crashed before it could."""
    for early in row.early:
        receipt = replace(early, attempt=row.attempt)
        await _record_of_own(services, client, row.conversation_id, row.message_id, receipt)


async def ask_for_reports(services: Services, client: DurableOrchestrationClient, message: Message) -> bool:
    """Ask providers about attempts that they accepted and never reported on; whether that is done.

    Only a failure is new information: "handed over", the other possible answer, says nothing about delivery. Attempts
    without a report stay as they are, and are counted. This is not done while a provider cannot be queried.
    """
    answers = [(lost, await _why_failed(services, message, lost)) for lost in message.unreported]
    for lost, reason in answers:
        if isinstance(reason, Reason):
            failed = Receipt(lost.number, "failed", clock.now(), reason)
            await _record_of_own(services, client, message.conversation_id, message.id, failed)
    untold = [(lost, answer) for lost, answer in answers if not isinstance(answer, Reason)]
    if message.asked_in_vain + 1 < MOST_QUESTIONS and any(answer for _, answer in untold):
        log.warning("provider cannot be asked for reports", messageId=message.id)
        return False
    for lost, _ in untold:
        attempt_unreported(lost.channel)
        log.warning("attempt was never reported", messageId=message.id, attempt=lost.number, channel=lost.channel)
    return True


async def _why_failed(services: Services, message: Message, lost: Attempt) -> Reason | TryLater | None:
    asking = services.channels[lost.channel].why_failed(attempt_id(message.id, lost.number))
    return await bounded(asking, TryLater(no_answer().reason))


async def record_status(services: Services, client: DurableOrchestrationClient, event: Event, told: StatusTold) -> None:
    """Another system of the company reports on a message by our id: that means the last attempt on that channel."""

    def attempt_in(message: Message) -> Attempt | None:
        attempts = [attempt for attempt in message.attempts if told.channel in (attempt.channel, "")]
        return attempts[-1] if attempts else None

    known = OURS.fullmatch(told.message_id)
    row = await services.correlations.find_accepted(told.message_id) if known else None
    if not (
        row and await _fold_and_ring(services, client, row.conversation_id, row.id, attempt_in, told.receipt, event.at)
    ):
        await _keep_unmatched(services, event, told.message_id, told.receipt, "doesNotFit" if row else "unknownMessage")


async def _record_of_own(
    services: Services, client: DurableOrchestrationClient, conversation_id: str, message_id: str, receipt: Receipt
) -> bool:
    """Record a receipt that names its attempt by number."""
    attempt = await _fold_and_ring(
        services, client, conversation_id, message_id, lambda message: message.attempt(receipt.attempt), receipt
    )
    return attempt is not None


async def _attempt_of(services: Services, report: Report) -> AttemptRow | None:
    """The attempt that a report is about. One that only its provider's id can tell waits until that is known."""
    if isinstance(report.news, Receipt) and _waits(services, report):
        return await services.correlations.find_or_keep(report.id, report.news)
    return await services.correlations.find_attempt(report.id)


def _waits(services: Services, report: Report) -> bool:
    """Whether the attempt may become known later: where only the provider's id tells it."""
    return not services.channels[report.channel].reports_attempt_id


async def _fold_and_ring(
    services: Services,
    client: DurableOrchestrationClient,
    conversation_id: str,
    message_id: str,
    attempt_in: Callable[[Message], Attempt | None],
    news: News,
    told_at: datetime | None = None,
) -> Attempt | None:
    """Fold, ring, publish. Returns the attempt as it was; None when the record has none, and nothing was done.

    `told_at`, the event's own time, replaces a reported time that cannot be true.
    """
    record = await services.messages.find(conversation_id, message_id)
    attempt = attempt_in(record.message) if record else None
    if record and attempt is None:  # it was written before its provider was asked: this may be what was there before
        record = await services.messages.find(conversation_id, message_id, newest=True)
        attempt = attempt_in(record.message) if record else None
    if record is None or attempt is None:
        return None
    with message_span("record report", record.message):
        at = clock.believed(record.message.created_at, news.at, told_at)
        news = replace(news, attempt=attempt.number, at=at)
        message = await _fold(services, record, attempt, news)
        if isinstance(news, Engagement) and not message.stands_for(news):
            return attempt  # one of hundreds: those that stand in the record have told all that it could
        if isinstance(news, Receipt):
            await learn_of_address(services, message, attempt, news)
        if _may_change_a_decision(message, attempt, news):
            await ring(client, message)
        if message.outcome:
            await _tell_of_a_rise(services, client, message)
        services.status_events.tell(message)
    return attempt


async def _tell_of_a_rise(services: Services, client: DurableOrchestrationClient, message: Message) -> None:
    """A report after the end may have raised the status: update the conversation, and signal its entity once."""
    await services.conversations.message_finished(message)
    if message.outcome and message.status != message.outcome.status:
        raised = {"messageId": message.id, "status": message.status}
        await signal(client, message.conversation_id, "status_raised", f"{message.id}-{message.status}", raised)


async def _fold(services: Services, record: Record, attempt: Attempt, news: News) -> Message:
    """The record with the news in it, as written.

    News that are in it already are not written again, but the workflow is rung again: the event comes twice when
    its first delivery died between writing and ringing.
    """
    collisions = Collisions()
    while True:
        known, learnt = record.message, _with_news(record.message, news)
        if learnt == known:
            return known
        due_at = clock.now() if _may_change_a_decision(known, attempt, news) else known.due_at
        try:
            return (await services.messages.replace(record, learnt, due_at or clock.now())).message
        except Stale:
            await collisions.pause()
            record = await services.messages.read(known.conversation_id, known.id)


def _with_news(message: Message, news: News) -> Message:
    return message.with_receipt(news) if isinstance(news, Receipt) else message.with_engagement(news)


def _may_change_a_decision(message: Message, attempt: Attempt, news: News) -> bool:
    """Whether this report could change the workflow's decision.

    That a message was sent, which WhatsApp reports of each, is waited for only where its step of the route asks for
    no more. Elsewhere a ring would run a turn of the workflow that ends in the same wait. Should the call itself still
    be unanswered, the workflow looks at its next repetition anyway, and finds that there is nothing to repeat.
    """
    is_sent = isinstance(news, Receipt) and news.status == "sent"
    return not (is_sent and message.route_step(attempt.channel).confirm != "sent")


async def _keep_unmatched(services: Services, event: Event, about: str, news: News, reason: str) -> None:
    log.info("event unmatched", reason=reason)
    status = news.status if isinstance(news, Receipt) else news.kind
    await services.unmatched_events.keep(event.id, event.type, status, about, reason, clock.now())
