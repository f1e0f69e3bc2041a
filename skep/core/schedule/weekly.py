"""The same hours on some days of each week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from skep.core.schedule.span import Span
from skep.core.schedule.wall_clock import first_instant, last_instant, wall_time

__all__ = ["EVERY_DAY", "WeeklyWindow"]

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)

_DAY = timedelta(days=1)
#: From yesterday, whose window may last until late today, two weeks on: in the first of them the hours may fall into a
#: gap of the clocks.
_DAYS_LOOKED_AT = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """Hours by the clock on the wall; past midnight they belong to the day on which they start.

    Attributes:
        days: on which it starts, ascending, from 0 for Monday to 6 for Sunday.
        start: since midnight, below 24 h.
        end: since the midnight of the same day; beyond 24 h where it is on the next day.
    """

    days: tuple[int, ...]
    start: timedelta
    end: timedelta

    def __post_init__(self) -> None:
        """Refuse what is no window.

        Raises:
            ValueError: if there is no day, or the window is empty or longer than a day.
        """
        if not self.days or not timedelta(0) <= self.start < self.end <= self.start + _DAY or self.start >= _DAY:
            raise ValueError("a weekly window needs days, and an end within a day after its start")

    def spans(self, zone: tzinfo, since: datetime) -> Iterator[Span]:
        """The times it covers that end after ``since``, in order, for the next two weeks.

        Whatever a clock in ``zone`` shows as within the hours is within the span: one that begins or ends with a time
        that comes twice covers both, and one that lies within a gap is empty.
        """
        yesterday = wall_time(since, zone).date() - _DAY
        for number in range(_DAYS_LOOKED_AT):
            day = yesterday + number * _DAY
            if day.weekday() in self.days:
                midnight = datetime.combine(day, time())
                end = last_instant(midnight + self.end, zone)
                if end > since:
                    yield Span(start=first_instant(midnight + self.start, zone), end=end)
