"""From each time a cron expression names, for a while or until another one names a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice

from skep.core.cron import Cron
from skep.core.schedule.span import Span
from skep.core.schedule.wall_clock import first_instant, last_instant, wall_time

__all__ = ["CronWindow"]

#: More than an expression can name in any two days.
_STARTS_LOOKED_AT = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class CronWindow:
    """In force from each start, itself included, until just before the end that follows it.

    With a cron expression as its end it is in force while the latest start is later than the latest end, so it never
    is from a start at which also an end falls (the rule of the Nomad Autoscaler).

    Attributes:
        end: when it ends, or how long after a start.
    """

    start: Cron
    end: Cron | timedelta

    def spans(self, zone: tzinfo, since: datetime) -> Iterator[Span]:
        """The times it covers that end after ``since``, in order of their starts, for some thousand starts.

        A start that comes twice counts when it comes first, an end when it comes last. A span of time lasts as long
        as written, whatever happens to the clocks.
        """
        for start in islice(self._starts(zone, since), _STARTS_LOOKED_AT):
            end = self._end_after(start, zone)
            if end > since:
                yield Span(start=start, end=end)

    def _starts(self, zone: tzinfo, since: datetime) -> Iterator[datetime]:
        """From one at or before ``since`` on: what earlier ones cover after it, that one covers too."""
        wall = self.start.latest(wall_time(since, zone))
        while True:
            yield first_instant(wall, zone)
            wall = self.start.next_after(wall)

    def _end_after(self, start: datetime, zone: tzinfo) -> datetime:
        """The end that follows; the start itself where an end falls on it."""
        if isinstance(self.end, timedelta):
            return start + self.end
        wall = self.end.latest(wall_time(start, zone))
        while (end := last_instant(wall, zone)) > start:
            # Clocks will show it once more.
            wall = self.end.latest(wall - _MINUTE)
        return start if end == start else last_instant(self.end.next_after(wall), zone)


_MINUTE = timedelta(minutes=1)
