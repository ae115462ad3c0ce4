"""Event Grid: what becomes of the messages that we sent, and what customers write to us."""

import azure.durable_functions as df
import azure.functions as func

from activities.in_our_words import in_our_words
from channels.event_data import as_data, text, word
from channels.events import Event, in_utc
from channels.replies import read_reply
from channels.reports import Report, read_report
from channels.topic_events import MessageReceived, StatusTold, read_topic_event
from delivery import clock
from delivery.reply import Reply
from services import services
from telemetry.log_lines import json_log
from telemetry.metrics import event_arrived
from triggers.receipts import record_report, record_status
from triggers.replies import record_received, record_reply

bp = df.Blueprint()
log = json_log(__name__)


@bp.function_name("MessageProcessor")
@bp.event_grid_trigger(arg_name="event")
@bp.durable_client_input(client_name="client")
@in_our_words
async def message_processor(event: func.EventGridEvent, client: df.DurableOrchestrationClient) -> None:
    """Record what an event tells, tell the workflow or the conversation, and only then acknowledge.

    Raised by Event Grid for every event of Communication Services and of the custom topic, in either schema; one call
    for each event. What is not for us is acknowledged. An exception becomes a 5xx: Event Grid brings the event again.
    """
    arrived = as_event(event)
    news = read_report(arrived.type, arrived.data, arrived.at) or read_reply(arrived) or read_topic_event(arrived)
    event_arrived(type(news).__name__, arrived.at)
    match news:
        case Report() as report:
            await record_report(services(), client, arrived, report)
        case Reply() as reply:
            await record_reply(services(), client, reply)
        case MessageReceived() as received:
            await record_received(services(), client, arrived, received)
        case StatusTold() as told:
            await record_status(services(), client, arrived, told)
        case None:
            log.info("event says nothing to us")


def as_event(event: func.EventGridEvent | func.CloudEvent) -> Event:
    """azure-functions gives an `EventGridEvent` or a `CloudEvent`, whatever the annotation says, and checks no type."""
    is_cloud_event = isinstance(event, func.CloudEvent)
    if isinstance(event, func.CloudEvent):
        given, at = {"id": event.id, "type": event.type, "origin": event.source}, event.time
    else:
        given, at = {"id": event.id, "type": event.event_type, "origin": event.topic}, event.event_time
    return Event(
        id=text(given, "id"),
        type=word(given, "type"),
        origin=text(given, "origin"),
        is_cloud_event=is_cloud_event,
        at=in_utc(at, clock.now()),
        data=as_data(event.get_json()),
    )
