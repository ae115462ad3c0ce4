"""The provider behind each channel: a new one is a folder, a line here, a row of `domain/traits.py` and its tests.

Events: the documentation of Communication Services, its specification and what it really sends differ in spelling. Keys
and values are compared without case, nothing but an id is compulsory, and unknown values are `Unmatched`, no failure.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

import channels.email.acs
import channels.sms.acs
import channels.whatsapp.acs
from channels.channel import Channel
from channels.connection import Connection
from channels.report import ReadReply, ReadReport, Report
from domain import clock
from domain.conversations.reply import Reply
from events.event import Event, Unmatched
from events.event_data import Data, as_data
from settings import Settings

K = TypeVar("K")
V = TypeVar("V")


class Provider(Protocol):
    """What a module of a provider has. Types of events are in lower case.

    Events without a type are known by keys of their data: all those of `REPORT_KEYS`, the one of `REPLY_KEYS`.
    """

    @property
    def REPORTS(self) -> Mapping[str, ReadReport]: ...  # noqa: N802

    @property
    def REPORT_KEYS(self) -> Mapping[frozenset[str], ReadReport]: ...  # noqa: N802

    @property
    def REPLIES(self) -> Mapping[str, ReadReply]: ...  # noqa: N802

    @property
    def REPLY_KEYS(self) -> Mapping[str, ReadReply]: ...  # noqa: N802

    def channel(self, settings: Settings, connection: Connection) -> Channel: ...


PROVIDERS: Mapping[str, Provider] = {
    "whatsapp": channels.whatsapp.acs,
    "sms": channels.sms.acs,
    "email": channels.email.acs,
}


def _readers(of: Callable[[Provider], Mapping[K, V]]) -> dict[K, V]:
    return {key: read for provider in PROVIDERS.values() for key, read in of(provider).items()}


REPORTS, REPORT_KEYS = _readers(lambda it: it.REPORTS), _readers(lambda it: it.REPORT_KEYS)
REPLIES, REPLY_KEYS = _readers(lambda it: it.REPLIES), _readers(lambda it: it.REPLY_KEYS)


def read_report(event_type: str | None, data: Any, raised_at: datetime | None) -> Report | Unmatched | None:
    """What an event's data report of a message that we sent; None when it is no report.

    Without a type the data tell what it is. `raised_at` is the event's own time, for data without one.
    """
    data = as_data(data)
    read = REPORTS.get(event_type.lower()) if event_type else _report_reader_for(data)
    return read(data, raised_at or clock.now()) if read else None


def read_reply(event: Event) -> Reply | Unmatched | None:
    """What a customer wrote; None when the event is no reply. Media stay with the provider: it carries their id alone.

    Without a type the data tell what it is. A reply that names neither its sender nor what it answers is from nobody.
    """
    read = REPLIES.get(event.type) if event.type else _reply_reader_for(event.data)
    reply = read(event) if read else None
    if isinstance(reply, Reply) and not (reply.sender or reply.in_reply_to):
        return Unmatched(reply.provider_message_id, "received", "unknownSender")
    return reply


def _report_reader_for(data: Data) -> ReadReport | None:
    return next((read for keys, read in REPORT_KEYS.items() if keys <= data.keys()), None)


def _reply_reader_for(data: Data) -> ReadReply | None:
    return next((read for key, read in REPLY_KEYS.items() if key in data), None)
