"""The wall-clock minutes that a five-field cron expression names.

Only the calendar is here: a wall time is what a clock on a wall shows, a naive datetime. Which instant that is in a
time zone, also where clocks are changed, is for whoever asks (:mod:`skep.core.schedule`). Text such as
``0 8 * * 1-5`` is read by ``skep.config``.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

__all__ = ["Cron"]

_DAY = timedelta(days=1)
_LONGEST_MONTHS = dict.fromkeys(range(1, 13), 31) | {2: 29} | dict.fromkeys((4, 6, 9, 11), 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Minutes that come back; each field is ascending and never empty.

    Attributes:
        days: of the month, from 1.
        months: from 1.
        weekdays: from 0 for Monday to 6 for Sunday.
        either_day: one of ``days`` and ``weekdays`` suffices; otherwise a day has to be in both (the rule of Vixie
            cron: either where both fields are restricted, both where one of them begins with a star).
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either_day: bool = False

    def __post_init__(self) -> None:
        """Refuse what names no minute at all, so that there always is a latest and a next one.

        Raises:
            ValueError: if no month has such a day, as on 30 February.
        """
        if not self.either_day and min(self.days) > max(_LONGEST_MONTHS[month] for month in self.months):
            raise ValueError("no such day in any of these months")

    def latest(self, wall: datetime) -> datetime:
        """The last minute that is named at or before ``wall``."""
        if self._names_day(wall.date()):
            at = self._time_at_or_before(wall.hour, wall.minute)
            if at is not None:
                return datetime.combine(wall.date(), at)
        return datetime.combine(self._day_before(wall.date()), time(self.hours[-1], self.minutes[-1]))

    def next_after(self, wall: datetime) -> datetime:
        """The first minute that is named after ``wall``."""
        if self._names_day(wall.date()):
            at = self._time_after(wall.hour, wall.minute)
            if at is not None:
                return datetime.combine(wall.date(), at)
        return datetime.combine(self._day_after(wall.date()), time(self.hours[0], self.minutes[0]))

    def _names_day(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.weekday() in self.weekdays
        return in_month or in_week if self.either_day else in_month and in_week

    def _day_before(self, day: date) -> date:
        """The last day that is named before ``day``; other months are skipped whole."""
        day -= _DAY
        while not self._names_day(day):
            day = day.replace(day=1) - _DAY if day.month not in self.months else day - _DAY
        return day

    def _day_after(self, day: date) -> date:
        """The first day that is named after ``day``; other months are skipped whole."""
        day += _DAY
        while not self._names_day(day):
            day = _next_month(day) if day.month not in self.months else day + _DAY
        return day

    def _time_at_or_before(self, hour: int, minute: int) -> time | None:
        minutes = bisect_right(self.minutes, minute)
        if hour in self.hours and minutes:
            return time(hour, self.minutes[minutes - 1])
        hours = bisect_left(self.hours, hour)
        return time(self.hours[hours - 1], self.minutes[-1]) if hours else None

    def _time_after(self, hour: int, minute: int) -> time | None:
        minutes = bisect_right(self.minutes, minute)
        if hour in self.hours and minutes < len(self.minutes):
            return time(hour, self.minutes[minutes])
        hours = bisect_right(self.hours, hour)
        return time(self.hours[hours], self.minutes[0]) if hours < len(self.hours) else None


def _next_month(day: date) -> date:
    return (day.replace(day=28) + 4 * _DAY).replace(day=1)
