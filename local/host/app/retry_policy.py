"""`@app.retry`: how often and how long apart a function runs again that has failed.

Azure's host retries timers so, and the functions of a few sources that are not here (Event Hubs, Kafka, Cosmos DB). For
any other trigger it ignores the policy: an HTTP caller gets the error immediately, and Event Grid redelivers an event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

FOR_EVER = -1
DOUBLINGS = 17
"""After so many even a second has become more than a day, which is more than a policy can say."""


class InvalidPolicy(Exception):
    """The policy cannot be followed; the text says which part of it."""


@dataclass(frozen=True)
class RetryPolicy:
    """`most` retries, or `FOR_EVER`; the pause before each is twice the last one, from `shortest` up to `longest`."""

    most: int
    shortest: timedelta
    longest: timedelta

    def pauses(self) -> Iterator[timedelta]:
        """One before each retry. Azure also varies those that grow, by chance."""
        pauses = (min(self.shortest * 2 ** min(number, DOUBLINGS), self.longest) for number in count())
        return pauses if self.most == FOR_EVER else islice(pauses, self.most)


NEVER = RetryPolicy(0, timedelta(0), timedelta(0))


def policy_of(settings: dict[str, Any] | None) -> RetryPolicy:
    """From what the decorator was given; `NEVER` without one. Raises `InvalidPolicy`."""
    if settings is None:
        return NEVER
    most = str(settings["max_retry_count"])
    if not most.removeprefix("-").isdecimal() or int(most) < FOR_EVER:
        raise InvalidPolicy(f"max_retry_count is '{most}', and must be a number, or -1 to try for ever")
    match settings["strategy"]:
        case "fixed_delay":
            pause = _duration(settings, "delay_interval")
            return RetryPolicy(int(most), pause, pause)
        case "exponential_backoff":
            shortest = _duration(settings, "minimum_interval")
            return RetryPolicy(int(most), shortest, _duration(settings, "maximum_interval"))
        case other:
            raise InvalidPolicy(f"strategy is '{other}', and must be fixed_delay or exponential_backoff")


def _duration(settings: dict[str, Any], name: str) -> timedelta:
    """As the worker reads it: hours, minutes and seconds, less than a day. Python 3.12 needs both of two."""
    try:
        moment = datetime.strptime(str(settings.get(name)), "%H:%M:%S")  # noqa: DTZ007  # no moment, but a duration
    except ValueError:
        raise InvalidPolicy(f"{name} is {settings.get(name)!r}, and must be a duration such as '00:00:10'") from None
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
