"""A provider's report on a message, in our terms, and how its codes become reasons."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.conversations.reply import Reply
from domain.messages.attempt import Engagement, Reason, Receipt
from events.event import Event, Unmatched
from events.event_data import Data


@dataclass(frozen=True)
class Report:
    """A report on an attempt. Its number is still 0: only `id` identifies it.

    On SMS and email that is our attempt id, on WhatsApp the provider's message id. `recipient` may be missing, and be
    spelt otherwise than it was dialled. `user_id` is WhatsApp's own id of that person. `unknown_code` is the provider's
    number for a failure that is in no table of ours: 1 to 6 digits.
    """

    channel: str
    id: str
    news: Receipt | Engagement
    recipient: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    unknown_code: str = ""


ReadReport = Callable[[Data, datetime], Report | Unmatched]
"""Reads the data of one type of event, raised at that moment."""

ReadReply = Callable[[Event], Reply | Unmatched]
"""Reads an event by which a customer writes to us."""


def report_or_unmatched(
    channel: str, report_id: str, news: Receipt | Engagement, recipient: str, user_id: str = "", unknown_code: str = ""
) -> Report | Unmatched:
    if report_id:
        return Report(channel, report_id, news, recipient, user_id, unknown_code)
    return Unmatched("", news.status if isinstance(news, Receipt) else news.kind, "unknownAttempt")


def reason_for(reasons: Mapping[str, Reason], code: str, otherwise: str) -> Reason:
    """Where the code is in no table, it is told as a number, for whoever has to look it up."""
    return reasons.get(code) or Reason("providerError", f"{otherwise} ({code})." if code else f"{otherwise}.")


def unknown_code(reasons: Mapping[str, Reason], code: str) -> str:
    """The code, if it is in no table: it is counted, so that somebody looks it up."""
    return "" if code in reasons else code


CODE = re.compile(r"[0-9]{1,6}(?![0-9])")
"""At most 6 digits: so a phone number is never taken for a code, and a metric can have it as a dimension."""
