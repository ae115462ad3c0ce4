"""The schedules of timer triggers: NCRONTAB, whose fields are second, minute, hour, day, month and day of the week.

Our own and no library's, since cron's libraries differ where it matters: here a day must fit both the day of the month
and the day of the week, Sunday is 0 alone, and names may be as long as they like (`Mon`, `monday`).
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import product

# fmt: off
MONTHS = ("January", "February", "March", "April", "May", "June", "July",
          "August", "September", "October", "November", "December")
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
# fmt: on
LONGEST_PAUSE = timedelta(days=41 * 366)
"""No day that ever comes is further away: a 29 February on a given day of the week, around a year like 2100."""


class InvalidSchedule(Exception):
    """It is no NCRONTAB expression, or one whose moment never comes; the text says which part."""


@dataclass(frozen=True)
class Field:
    """What one field may hold; `names` stand for the numbers from `lowest` on."""

    word: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 0, 6, WEEKDAYS),
)


@dataclass(frozen=True)
class Schedule:
    """The values that each field allows, in order, of the time on a clock in this zone.

    A time that the clock jumps over is kept as much later. One that it shows twice counts twice for an interval, and
    the first time for any other schedule; as `CronSchedule` of Azure's timer extension does since the end of 2024.
    """

    seconds: list[int]
    minutes: list[int]
    hours: list[int]
    days: list[int]
    months: list[int]
    weekdays: list[int]
    is_interval: bool = field(kw_only=True)
    """As Azure tells them apart: by a `*`, a `-` or a `/` in the second, the minute or the hour."""
    zone: tzinfo = field(default=UTC, kw_only=True)

    def after(self, moment: datetime) -> datetime:
        """The first moment of the schedule behind this one, in UTC. Raises `InvalidSchedule` if none ever comes."""
        now = moment.astimezone(self.zone)
        shown = self._next_shown(now.replace(tzinfo=None, microsecond=0) + timedelta(seconds=1))
        following = self._later(shown)
        goes_back = following.utcoffset() != now.utcoffset() and (_is_twice(now) or _is_twice(following))
        if goes_back and (self.is_interval or _is_twice(following)):
            return following.astimezone(UTC) + (_offset(following) - _offset(now))
        if not self.is_interval:
            while _is_twice(following):  # it ran when the clock showed this for the first time
                shown = self._next_shown(shown + timedelta(seconds=1))
                following = self._later(shown)
        return following.astimezone(UTC)

    def _later(self, shown: datetime) -> datetime:
        """When the clock shows this: the later time where it does so twice, as much later where it never does."""
        return max((shown.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1)), key=_in_utc)

    def _next_shown(self, earliest: datetime) -> datetime:
        if self._has(earliest.date()) and (later := self._first_time(earliest.time())):
            return datetime.combine(earliest.date(), later)
        for ahead in range(1, LONGEST_PAUSE.days):
            if self._has(day := earliest.date() + timedelta(days=ahead)):
                return datetime.combine(day, time(self.hours[0], self.minutes[0], self.seconds[0]))
        raise InvalidSchedule("no such day ever comes")

    def _has(self, day: date) -> bool:
        fits = day.day in self.days and day.month in self.months
        return fits and day.isoweekday() % 7 in self.weekdays

    def _first_time(self, earliest: time) -> time | None:
        hours = [hour for hour in self.hours if hour >= earliest.hour]
        times = (time(*parts) for parts in product(hours, self.minutes, self.seconds))
        return next((each for each in times if each >= earliest), None)


def _is_twice(moment: datetime) -> bool:
    """Whether the clock shows this time once more, before or after."""
    return _offset(moment.replace(fold=0)) > _offset(moment.replace(fold=1))


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)  # moments of one zone compare by what its clock shows


def parse(text: str, zone: tzinfo = UTC) -> Schedule:
    """Six fields, or five without the second, which is 0 then. Raises `InvalidSchedule`."""
    parts = text.split()
    if len(parts) == 5:
        parts = ["0", *parts]
    if len(parts) != len(FIELDS):
        hint = "; a TimeSpan works on an App Service plan only" if ":" in text else ""
        raise InvalidSchedule(f"'{text}' has {len(parts)} fields and must have 6 (or 5, without the second){hint}")
    values = (_values(part, field) for part, field in zip(parts, FIELDS, strict=True))
    schedule = Schedule(*values, is_interval=any(sign in "".join(parts[:3]) for sign in "*-/"), zone=zone)
    schedule.after(datetime(2000, 1, 1, tzinfo=UTC))
    return schedule


def _values(text: str, field: Field) -> list[int]:
    return sorted({value for item in text.split(",") for value in _item(item, field)})


def _item(text: str, field: Field) -> range:
    """One of `*`, `7`, `2-5`, each maybe with `/step`; a single value with a step goes on to the end."""
    values, slash, step_text = text.partition("/")
    step = _number(step_text, text, field) if slash else 1
    if step < 1:
        raise InvalidSchedule(f"the step of '{text}' in the {field.word} must be 1 or more")
    if values == "*":
        return range(field.lowest, field.highest + 1, step)
    first_text, dash, last_text = values.partition("-")
    first = _value(first_text, field)
    if dash:
        first, last = sorted((first, _value(last_text, field)))  # NCrontab swaps them, and so `Fri-Mon` is Mon-Fri
    else:
        last = field.highest if slash else first
    return range(first, last + 1, step)


def _value(text: str, field: Field) -> int:
    for number, name in enumerate(field.names, field.lowest):
        if text and name.lower().startswith(text.lower()):
            return number
    value = _number(text, text, field)
    if not field.lowest <= value <= field.highest:
        raise InvalidSchedule(f"{value} is no {field.word}: it must be {field.lowest} to {field.highest}")
    return value


def _number(text: str, whole: str, field: Field) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise InvalidSchedule(f"'{whole}' is no {field.word}")
    return int(text)
