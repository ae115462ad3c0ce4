"""How the stand-ins treat an address: the table behind "When something goes wrong" in the README.

A phone number chooses by its last four digits, an email address by its local part, which may carry a suffix after
`+` (`silent+42@example.com`).
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Report:
    """A report with one of the provider's words for a status, raised this long after the send was accepted."""

    status: str
    after: timedelta


@dataclass(frozen=True)
class Behaviour:
    """The result of a send. Each channel raises the reports whose status it has (`events.STATUSES`)."""

    name: str
    digits: str
    reports: tuple[Report, ...]
    is_rejected: bool = False
    refusals: tuple[int, ...] = ()
    """HTTP statuses that the first calls with one idempotency id are answered with; none of them executes anything."""
    reports_before_answer: bool = False
    cuts_first_answer: bool = False


def _reports(*statuses: tuple[str, float]) -> tuple[Report, ...]:
    return tuple(Report(status, timedelta(seconds=seconds)) for status, seconds in statuses)


_DELIVERED = _reports(("Sent", 0.01), ("Delivered", 0.05))
ORDINARY = Behaviour("ordinary", "", _DELIVERED)

BEHAVIOURS = (
    Behaviour("failed", "0101", _reports(("Failed", 0.05))),
    Behaviour("silent", "0102", ()),
    Behaviour("late", "0103", _reports(("Sent", 0.01), ("Delivered", 10))),
    Behaviour("rejected", "0104", (), is_rejected=True),
    Behaviour("throttled", "0105", _DELIVERED, refusals=(429, 429)),
    Behaviour("flaky", "0106", _DELIVERED, refusals=(503, 503)),
    Behaviour("messy", "0107", _reports(("Delivered", 0.01), ("Delivered", 0.03), ("Sent", 0.05), ("Sent", 0.07))),
    Behaviour("early", "0108", _reports(("Sent", 0), ("Delivered", 0)), reports_before_answer=True),
    Behaviour("dropped", "0109", _DELIVERED, cuts_first_answer=True),
    Behaviour("read", "0110", _DELIVERED + _reports(("Read", 0.1), ("View", 0.1), ("Click", 0.15))),
)
_BY_NAME = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
_BY_DIGITS = {behaviour.digits: behaviour for behaviour in BEHAVIOURS}


def behaviour_of(address: str) -> Behaviour:
    """The behaviour that a phone number or an email address asks for."""
    if "@" in address:
        local_part = address.partition("@")[0].partition("+")[0]
        return _BY_NAME.get(local_part.lower(), ORDINARY)
    return _BY_DIGITS.get(address[-4:], ORDINARY)
