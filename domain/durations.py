"""Durations as ISO 8601 writes them, such as PT5M."""

import re
from datetime import timedelta

from domain.errors import InvalidValue

_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_DURATION = re.compile(
    rf"P(?:(?P<weeks>{_NUMBER})W|(?!$)(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?!$)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?)"
)
_FRACTION_BEFORE_THE_END = re.compile(r"[.,][0-9]+[A-Z].")


def duration(value: object) -> timedelta:
    """Without years and months, whose length varies. Raises `InvalidValue`, which quotes nothing."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or _FRACTION_BEFORE_THE_END.search(match[0]):
        raise InvalidValue("format", "must be an ISO 8601 duration, as in PT5M")
    parts = {unit: float(number.replace(",", ".")) for unit, number in match.groupdict().items() if number}
    try:
        return timedelta(**parts)
    except OverflowError:
        return timedelta.max
