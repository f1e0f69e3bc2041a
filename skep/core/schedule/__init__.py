"""Bounds that hold at certain times: which of them do at an instant, and when that changes next.

Times are those of a clock on a wall in the zone of the schedule, daylight saving included. Zones come in as values:
names of zones are read by ``skep.config``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from skep.core.bounds import Bounds
from skep.core.schedule.by_cron import CronWindow
from skep.core.schedule.span import Run, runs
from skep.core.schedule.weekly import EVERY_DAY, WeeklyWindow

__all__ = [
    "EVERY_DAY",
    "CronWindow",
    "Schedule",
    "ScheduledBounds",
    "WeeklyWindow",
    "Window",
    "bounds_at",
    "is_active",
    "next_change",
]

Window = WeeklyWindow | CronWindow

_DAY = timedelta(days=1)
#: As many services as a Swarm may hold, with a schedule of its own each.
_REMEMBERED_DAYS = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Bounds for certain times.

    Attributes:
        name: the operator's word for it, from ``skep.schedule.<name>``.
        zone: whose clocks the window is told by.
        min_replicas: the fewest in that time; ``None`` where it says nothing about that.
        max_replicas: the most in that time; ``None`` where it says nothing about that.
    """

    name: str
    window: Window
    zone: tzinfo
    min_replicas: int | None = None
    max_replicas: int | None = None

    def __post_init__(self) -> None:
        """Refuse a schedule that says nothing, or what cannot be.

        Raises:
            ValueError: if both bounds are missing, one is negative, or they cross.
        """
        given = [bound for bound in (self.min_replicas, self.max_replicas) if bound is not None]
        if not given or min(given) < 0 or given != sorted(given):
            raise ValueError(f"a schedule needs bounds with 0 <= min <= max, got {given}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledBounds:
    """The bounds that hold at an instant.

    Attributes:
        by: the names of the schedules in force, in the order given; empty where the base holds.
        until: when a schedule begins or ends next, where that is known.
    """

    bounds: Bounds
    by: tuple[str, ...] = ()
    until: datetime | None = None


def is_active(schedule: Schedule, now: datetime) -> bool:
    """Whether the schedule is in force."""
    is_in_force, _ = _standing(schedule, now)
    return is_in_force


def next_change(schedule: Schedule, now: datetime) -> datetime | None:
    """The first instant after ``now``, in UTC, at which the schedule begins or ends.

    ``None`` where it never does, or not within the next two weeks of a weekly window or some thousand starts of a
    cron expression.
    """
    _, until = _standing(schedule, now)
    return until


def bounds_at(base: Bounds, schedules: Sequence[Schedule], now: datetime) -> ScheduledBounds:
    """The bounds in force at ``now``.

    The largest min and the largest max of all schedules in force take the place of the base's. Where that min would
    be beyond the max, the max holds.

    Args:
        base: what holds where no schedule says otherwise.
        schedules: in the operator's order.
        now: the instant to look at.
    """
    if not schedules:
        return ScheduledBounds(bounds=base)
    standing = [(schedule, *_standing(schedule, now)) for schedule in schedules]
    in_force = [schedule for schedule, is_in_force, _ in standing if is_in_force]
    fewest = [schedule.min_replicas for schedule in in_force if schedule.min_replicas is not None]
    most = [schedule.max_replicas for schedule in in_force if schedule.max_replicas is not None]
    max_replicas = max(most, default=base.max_replicas)
    return ScheduledBounds(
        bounds=Bounds(
            min_replicas=min(max(fewest, default=base.min_replicas), max_replicas),
            max_replicas=max_replicas,
        ),
        by=tuple(schedule.name for schedule in in_force),
        until=min((until for _, _, until in standing if until is not None), default=None),
    )


def _standing(schedule: Schedule, now: datetime) -> tuple[bool, datetime | None]:
    """Whether it is in force, and when that changes next."""
    for run in _runs_of_day(schedule.window, schedule.zone, now.astimezone(UTC).date()):
        if now < run.start:
            return False, run.start
        if run.end is None or now < run.end:
            return True, run.end
    return False, None


@lru_cache(maxsize=_REMEMBERED_DAYS)
def _runs_of_day(window: Window, zone: tzinfo, day: date) -> tuple[Run, ...]:
    """The runs that touch a day of UTC, and the one that follows: worked out once a day, and not each tick."""
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    seen: list[Run] = []
    for run in runs(window.spans(zone, midnight)):
        seen.append(run)
        if run.start >= midnight + _DAY:
            break
    return tuple(seen)
