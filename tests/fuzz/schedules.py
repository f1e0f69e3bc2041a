"""The value of a schedule's label: when it holds is told for any instant, or one sentence says what is wrong."""

from datetime import UTC, datetime, timedelta

from skep.config.schedule import read_schedule
from skep.config.units import UnitError
from skep.core.schedule import is_active, next_change

__all__ = ["SEEDS", "look"]

SEEDS = {
    "office hours": b"Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30",
    "every night": b"22:00-06:00 America/New_York max=4",
    "by cron, for so long": b'cron="0 8 * * 1-5" for=10h Europe/Berlin min=5',
    "by cron, until another": b'cron="*/5 0-6,22 1,15 JAN-MAR *" until="0 12 L * *" UTC min=2',
    "leap days": b'cron="0 0 29 2 *" for=1d UTC min=2 max=2',
}

_INSTANTS = (
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),  # the hour that is left out in Europe
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # and the one that comes twice
    datetime(2096, 2, 29, tzinfo=UTC),
)


def look(data: bytes) -> None:
    """Read it, and ask when it holds."""
    try:
        schedule = read_schedule("office", data.decode(errors="replace"))
    except UnitError:
        return
    for instant in _INSTANTS:
        is_active(schedule, instant)
        change = next_change(schedule, instant)
        assert change is None or timedelta(0) < change - instant, (instant, change)
