"""Event Grid: what becomes of the messages that we sent, and what customers write to us."""

from functools import partial

import azure.durable_functions as df

from actions.in_our_words import in_our_words
from actions.record_reply import record_received, record_reply
from actions.record_report import record_report, record_status
from channels.providers import read_reply, read_report
from channels.report import Report
from domain import clock
from domain.conversations.reply import Reply
from domain.identities import digest
from events.event import Event, Unmatched, read_event
from events.topic_events import MessageReceived, StatusTold, read_topic_event
from services import services
from telemetry.log_lines import json_log
from telemetry.metrics import code_unknown, event_arrived
from triggers.events.while_event_grid_waits import while_event_grid_waits

bp = df.Blueprint()
log = json_log(__name__)

News = Report | Unmatched | Reply | MessageReceived | StatusTold | None


@bp.function_name("MessageProcessor")
@bp.event_grid_trigger(arg_name="event")
@bp.durable_client_input(client_name="client")
@in_our_words
async def message_processor(event: str, client: df.DurableOrchestrationClient) -> None:
    """Record the event, notify the workflow or the conversation, and only then acknowledge.

    Raised by Event Grid for every event of Communication Services and of the custom topic, in either schema; one call
    for each event. `event` is its JSON: annotated `str`, the worker hands it over undecoded. What is not for us is
    acknowledged. While our store is away it is tried again, as long as Event Grid waits; then an exception becomes a
    5xx, and Event Grid brings the event again.
    """
    arrived = read_event(event)
    if arrived is None:
        await while_event_grid_waits(partial(_keep_unreadable, event))
        return
    news = read_report(arrived.type, arrived.data, arrived.at) or read_reply(arrived) or read_topic_event(arrived)
    event_arrived(type(news).__name__, arrived.at)
    if isinstance(news, Report) and news.unknown_code:
        code_unknown(news.channel, news.unknown_code)
    await while_event_grid_waits(partial(_record, client, arrived, news))


async def _record(client: df.DurableOrchestrationClient, arrived: Event, news: News) -> None:
    match news:
        case Report() as report:
            await record_report(services(), client, arrived, report)
        case Reply() as reply:
            await record_reply(services(), client, arrived, reply)
        case MessageReceived() as received:
            await record_received(services(), client, arrived, received)
        case StatusTold() as told:
            await record_status(services(), client, arrived, told)
        case Unmatched(about, status, reason):
            log.info("event unmatched", reason=reason)
            await services().unmatched_events.keep(arrived.id, arrived.type, status, about, reason, clock.now())
        case None:
            log.info("event says nothing to us")


async def _keep_unreadable(event: str | None) -> None:
    """An event that a redelivery would not fix, such as an element of a batch that is no object (None for `null`)."""
    log.warning("event cannot be read")
    await services().unmatched_events.keep(digest(event or ""), "", "", "", "unreadable", clock.now())
