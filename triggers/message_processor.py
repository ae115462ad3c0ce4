"""Event Grid: what becomes of the messages that we sent."""

import logging
from dataclasses import replace

import azure.durable_functions as df
import azure.functions as func

from activities.in_our_words import in_our_words
from activities.workflow import ring
from channels.reports import Report, read_report
from delivery import clock
from delivery.errors import Stale
from delivery.message import Attempt, Message, Receipt
from services import Services, services
from store.correlations import AttemptRow

bp = df.Blueprint()
log = logging.getLogger(__name__)


@bp.function_name("MessageProcessor")
@bp.event_grid_trigger(arg_name="event")
@bp.durable_client_input(client_name="client")
@in_our_words
async def message_processor(event: func.EventGridEvent, client: df.DurableOrchestrationClient) -> None:
    """Record what an event tells, ring the workflow, and only then acknowledge.

    Raised by Event Grid for every event of Communication Services, in either schema; one call for each event. What
    is not for us is acknowledged. An exception becomes a 5xx: Event Grid brings the event again.
    """
    report = _report_in(event)
    row = await _attempt_of(services(), report) if report else None
    if report is None or row is None:
        log.info("nothing to record: %s", "no report that we know" if report is None else "no attempt of ours, yet")
        return
    if message := await _fold(services(), report, row):
        await ring(client, message)
        await services().status_events.publish(message)


def _report_in(event: func.EventGridEvent | func.CloudEvent) -> Report | None:
    """azure-functions gives an `EventGridEvent` or a `CloudEvent`, whatever the annotation says."""
    if isinstance(event, func.CloudEvent):
        return read_report(event.type, event.get_json(), event.time)
    return read_report(event.event_type, event.get_json(), event.event_time)


async def _attempt_of(services: Services, report: Report) -> AttemptRow | None:
    """The attempt that a report is about. One that only its provider's id can tell waits until that is known."""
    if services.channels[report.channel].reports_attempt_id or not isinstance(report.news, Receipt):
        return await services.correlations.find_attempt(report.id)
    return await services.correlations.park(report.id, report.news)


async def _fold(services: Services, report: Report, row: AttemptRow) -> Message | None:
    """The record with the report in it, as written; None when there is no such attempt to this recipient.

    A report that is in it already is not written again, but the workflow is rung again: the event comes twice when
    its first delivery died between writing and ringing.
    """
    while True:
        record = await services.messages.find(row.conversation_id, row.message_id)
        if record is None or not _fits(report, record.message.attempt(row.attempt)):
            return None
        news = replace(report.news, attempt=row.attempt)
        known = record.message
        learnt = known.with_receipt(news) if isinstance(news, Receipt) else known.with_engagement(news)
        if learnt == known:
            return known
        try:
            return (await services.messages.replace(record, learnt, due_at=clock.now())).message
        except Stale:
            continue


def _fits(report: Report, attempt: Attempt | None) -> bool:
    return attempt is not None and attempt.channel == report.channel and report.is_about(attempt.to)
