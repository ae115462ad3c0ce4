"""The header Retry-After (RFC 9110): seconds, or a date in one of three forms."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

LONGEST_PAUSE = timedelta(hours=72)
"""The longest timeout of any channel: a provider that names a later time names none that matters."""

IMF_FIXDATE, RFC_850, ASCTIME = "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"


def pause(retry_after: str | None, now: datetime) -> timedelta:
    """How long the provider asks to wait, at most `LONGEST_PAUSE`. What cannot be read counts as no time named."""
    text = (retry_after or "").strip()
    if re.fullmatch("[0-9]+", text):
        return timedelta(seconds=min(float(text), LONGEST_PAUSE.total_seconds()))  # an int has a limit of digits
    moment = _moment(text, now)
    return min(max(moment - now, timedelta()), LONGEST_PAUSE) if moment else timedelta()


def _moment(http_date: str, now: datetime) -> datetime | None:
    for form in (IMF_FIXDATE, RFC_850, ASCTIME):
        with suppress(ValueError):
            moment = datetime.strptime(http_date, form).replace(tzinfo=UTC)
            return moment if form != RFC_850 else _in_its_century(moment, now)
    return None


def _in_its_century(moment: datetime, now: datetime) -> datetime:
    """The year of two digits that is no more than 50 years ahead, as the RFC says, and less than 50 past. May raise."""
    furthest = now.year + 50
    return moment.replace(year=furthest - (furthest - moment.year) % 100)
