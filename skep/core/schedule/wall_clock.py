"""From what a clock on the wall shows to the instants at which it shows it, also on days when clocks are changed.

Where clocks are put back a wall time comes twice; where they are put forward it does not come at all, and the first
instant after the gap stands for it. So neither function ever goes back as ``wall`` goes on.
"""

from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["first_instant", "last_instant", "wall_time"]

_SECOND = timedelta(seconds=1)


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant, in UTC, at which clocks in ``zone`` show the naive time ``wall``, or would have."""
    before, after = _offsets(wall, zone)
    return _end_of_gap(wall, before, after, zone) if before < after else (wall - before).replace(tzinfo=UTC)


def last_instant(wall: datetime, zone: tzinfo) -> datetime:
    """The last instant, in UTC, at which clocks in ``zone`` show the naive time ``wall``, or would have."""
    before, after = _offsets(wall, zone)
    return _end_of_gap(wall, before, after, zone) if before < after else (wall - after).replace(tzinfo=UTC)


def wall_time(instant: datetime, zone: tzinfo) -> datetime:
    """What clocks in ``zone`` show at an instant, as a naive time."""
    return instant.astimezone(zone).replace(tzinfo=None)


def _offsets(wall: datetime, zone: tzinfo) -> tuple[timedelta, timedelta]:
    """The offsets from UTC that hold around ``wall``; they differ within a gap and within what comes twice."""
    zero = timedelta(0)
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    return first or zero, wall.replace(tzinfo=zone, fold=1).utcoffset() or zero


def _end_of_gap(wall: datetime, before: timedelta, after: timedelta, zone: tzinfo) -> datetime:
    """The instant at which clocks are put forward over ``wall``, found by halving."""
    earlier, later = (wall - after).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC)
    while later - earlier > _SECOND:
        middle = earlier + (later - earlier) // 2
        if middle.astimezone(zone).utcoffset() == before:
            earlier = middle
        else:
            later = middle
    return later.replace(microsecond=0)
