"""What a customer has agreed to: statements about a topic on a channel, each with its evidence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

StatementKind = Literal["granted", "pending", "withdrawn"]
"""`pending`: they were asked to confirm, and have not yet. It agrees to nothing."""

ALL = "all"
"""The topic that stands for every topic, and the topic of marketing that names none."""

TOPIC = re.compile("[a-z0-9][a-z0-9-]{0,49}")
MOST_STATEMENTS = 5
"""How many are kept about one topic on one channel, the latest ones. Every change is in the audit too."""

MOST_CONSENTS = 50
"""Topics and channels of one customer: all of it is read before each message to them."""


@dataclass(frozen=True)
class Statement:
    """`at` is when the customer said so, `source` how: a web form, a call, a link. `by` is the caller who recorded it.

    `wording` is what they agreed to, `reference` where the proof is.
    """

    kind: StatementKind
    at: datetime
    source: str
    by: str
    recorded_at: datetime
    wording: str | None = field(default=None, repr=False)
    reference: str | None = field(default=None, repr=False)

    @property
    def is_no_of_now(self) -> bool:
        """Whether it is a withdrawal that was recorded when it was said, and not brought along from elsewhere."""
        return self.kind == "withdrawn" and self.at == self.recorded_at


Consents = Mapping[str, tuple[Statement, ...]]
"""The statements by `<channel>/<topic>`, the earliest first."""


def key_of(channel: str, topic: str) -> str:
    return f"{channel}/{topic}"


def with_statement(consents: Consents, channel: str, topic: str, new: Statement) -> dict[str, tuple[Statement, ...]]:
    """With one more, in whatever order and however often statements come. Evidence from before a withdrawal takes its
    place before it, and lifts nothing.
    """
    key = key_of(channel, topic)
    known = sorted({*consents.get(key, ()), new}, key=_place)
    said = [each for each in known if each.kind != "pending"][-MOST_STATEMENTS:]
    asked = [each for each in known if each.kind == "pending"][-1:]  # or being asked often would forget what was said
    return {**consents, key: tuple(sorted([*said, *asked], key=_place))}


def _place(statement: Statement) -> tuple[datetime, bool, str, str, datetime, str, str]:
    """Of two at the same time the withdrawal is the later one."""
    return (
        statement.at,
        statement.kind == "withdrawn",
        statement.kind,
        statement.source,
        statement.recorded_at,
        statement.wording or "",
        statement.reference or "",
    )


def last_word(consents: Consents, channel: str, *topics: str) -> Statement | None:
    """What was said last about any of these topics on this channel, but for what is pending."""
    return max(_said(consents, channel, topics), key=_place, default=None)


def _said(consents: Consents, channel: str, topics: Iterable[str]) -> list[Statement]:
    statements = [each for topic in topics for each in consents.get(key_of(channel, topic), ())]
    return [each for each in statements if each.kind != "pending"]
