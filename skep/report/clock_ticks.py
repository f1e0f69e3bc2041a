"""Where an axis of time is marked: at round times of day, or at midnights."""

from datetime import datetime, timedelta, tzinfo

__all__ = ["clock_ticks"]

_MOST = 12
_DAY = timedelta(days=1)
_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 28)),
)


def clock_ticks(since: datetime, until: datetime, zone: tzinfo | None) -> tuple[tuple[datetime, str], ...]:
    """At most a dozen instants with their names, such as ``14:00``; midnights are named by their date, ``Nov 23``.

    Args:
        since: the beginning.
        until: the end; not before the beginning.
        zone: whose times of day are round; ``None`` for that of this machine.
    """
    step = next((step for step in _STEPS if (until - since) / step <= _MOST), (until - since) / _MOST)
    local = since.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + step * -((midnight - local) // step)
    count = max(int((until - first) / step) + 1, 0)
    instants = [first + step * number for number in range(count)]
    return tuple((at, _words(at, step)) for at in instants if since <= at <= until)


def _words(at: datetime, step: timedelta) -> str:
    is_midnight = (at.hour, at.minute) == (0, 0)
    return f"{at:%b} {at.day}" if step >= _DAY or is_midnight else f"{at:%H:%M}"
