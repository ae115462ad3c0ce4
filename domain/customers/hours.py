"""Quiet hours: when a customer does not want to be written to, by the clock on their wall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
A_DAY = timedelta(days=1)
MIDNIGHT, A_MONDAY = "00:00", date(2027, 3, 1)
FURTHEST_OPENING = timedelta(days=8)
"""A week has every pattern of quiet hours; a day more, since a clock that changes may move its end."""


@dataclass(frozen=True)
class QuietHours:
    """Quiet from `begins` to `ends`, `HH:MM` on the wall clock, on nights or days that begin on one of `days`.

    When `ends` is not later than `begins`, the quiet time ends on the next day.
    """

    begins: str
    ends: str
    days: tuple[Day, ...] = DAYS

    def end_at(self, local: datetime) -> datetime | None:
        """When the quiet time ends that this wall time is in; None when it is in none. Both without a zone."""
        for begun_on in (local.date() - A_DAY, local.date()):
            if DAYS[begun_on.weekday()] not in self.days:
                continue
            begin = datetime.combine(begun_on, time.fromisoformat(self.begins))
            end = datetime.combine(begun_on, time.fromisoformat(self.ends))
            end = end if end > begin else end + A_DAY
            if begin <= local < end:
                return end
        return None


def opening(quiet: Iterable[QuietHours], zones: Iterable[str], now: datetime) -> datetime | None:
    """The first moment from `now` on that is quiet in none of these zones; None when there is none within a week.

    A wall time that a clock skips counts as the time an hour later; of one that it shows twice, both are quiet.
    """
    hours, places, moment = tuple(quiet), [ZoneInfo(zone) for zone in zones], now
    while moment < now + FURTHEST_OPENING:
        ends = [end for place in places for end in _ends(hours, place, moment)]
        if not ends:
            return moment
        moment = max(ends)
    return None


def _ends(hours: tuple[QuietHours, ...], place: ZoneInfo, moment: datetime) -> list[datetime]:
    """When the quiet times end that this moment is in, by the clock of this place."""
    local = moment.astimezone(place).replace(tzinfo=None)
    found = [end for each in hours if (end := each.end_at(local.replace(fold=0)))]
    return [_after(end, place, moment) for end in found]


def _after(wall: datetime, place: ZoneInfo, moment: datetime) -> datetime:
    """When the clock shows this for the first time after `moment`."""
    times = [wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return next((each for each in times if each > moment), times[-1])


@lru_cache(maxsize=1024)
def outside_of(windows: tuple[QuietHours, ...]) -> tuple[QuietHours, ...]:
    """The times of a week that are in none of these, as quiet hours; nothing where there is no window."""
    if not windows:
        return ()
    changes = sorted({MIDNIGHT, *(text for each in windows for text in (each.begins, each.ends))})
    quiet: list[QuietHours] = []
    for number, day in enumerate(DAYS):
        for begins, ends in zip(changes, [*changes[1:], MIDNIGHT], strict=True):
            moment = datetime.combine(A_MONDAY + timedelta(days=number), time.fromisoformat(begins))
            if not any(each.end_at(moment) for each in windows):
                quiet.append(QuietHours(begins, ends, (day,)))
    return tuple(quiet)
