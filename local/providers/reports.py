"""Reports and replies that are requested by hand."""

import sqlite3
from collections.abc import Sequence

from local.environment import SMS_SENDER, WHATSAPP_CHANNEL_ID
from local.event_grid.deliveries import Delivery, publish
from local.event_grid.subscriptions import COMMUNICATION_TOPIC, Event
from local.providers.events import STATUSES, report, sms_received, whatsapp_received
from local.providers.ledger import Effect, effects
from local.providers.opt_outs import hear
from local.providers.reading import is_phone_number
from local.providers.refusals import invalid
from local.providers.sending import Sending


async def raise_report(sending: Sending, messages: Sequence[Effect], status: str, reason: str | None) -> None:
    """Report this status of each message, all of one channel. The case of the status does not matter."""
    known = STATUSES[messages[0].channel]
    exact = next((each for each in known if each.lower() == status.lower()), None)
    if exact is None:
        raise invalid("status", f"On this channel status is one of {', '.join(known)}.")
    now = sending.clock.now()
    await _raise(sending, [report(message, exact, now, reason) for message in messages])


async def raise_reply(sending: Sending, channel: str, from_: str, text: str) -> Event:
    """A customer writes to us, to the number or channel that wrote to them last. Returns the event.

    To an SMS they may answer STOP, and later START.
    """
    if not is_phone_number(from_):
        raise invalid("from", "from is a phone number such as +14255550123.")
    heard = [effect for effect in effects(sending.store.reader, to=from_) if effect.channel == channel]
    now = sending.clock.now()
    match channel:
        case "sms":
            to = heard[-1].sender if heard else SMS_SENDER
            event = sms_received(from_, to, text, now)
            await sending.store.write(lambda connection: hear(connection, to, from_, text))
        case "whatsapp":
            event = whatsapp_received(from_, heard[-1].sender if heard else WHATSAPP_CHANNEL_ID, text, now)
        case _:
            raise invalid("channel", "channel is sms or whatsapp: Communication Services receives no email.")
    await _raise(sending, [event])
    return event


async def _raise(sending: Sending, events: Sequence[Event]) -> None:
    now = sending.clock.now()

    def publish_all(connection: sqlite3.Connection) -> list[Delivery]:
        return [each for event in events for each in publish(connection, COMMUNICATION_TOPIC, event, now)]

    sending.event_grid.carry(await sending.store.write(publish_all))
