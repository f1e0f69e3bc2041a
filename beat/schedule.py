"""When: the entries of beat. Each message expires before the next is due, so that stale ones never pile up."""

from datetime import timedelta
from typing import TypedDict

from workers.formats import FORMAT, HEADER

__all__ = ["Entry", "Options", "schedule"]

#: A message not taken after this share of its period is dropped: the next one carries fresher data.
_EXPIRY_SHARE = 0.8
#: A drain takes about ten steps, each after one of these looks; while nothing is drained, a look is one list call.
_LOOK_AT_DRAINS = timedelta(seconds=5)


#: Each service is looked at every quarter of an hour; those that are due are found out this often.
_LOOK_AT_RULES = timedelta(minutes=1)


class Options(TypedDict):
    """What a message says of itself: beat has none of the tasks in memory that would say it."""

    expires: float
    ignore_result: bool
    headers: dict[str, int]


class Entry(TypedDict):
    """One entry in the form Celery wants."""

    task: str
    schedule: timedelta
    options: Options


def schedule(*, interval: timedelta, reconcile_interval: timedelta) -> dict[str, Entry]:
    """The schedule for an evaluation every ``interval``."""
    return {
        "evaluate-services": _every("evaluate.services", interval),
        "reconcile": _every("reconcile", reconcile_interval),
        "reconcile-drains": _every("reconcile.drains", min(_LOOK_AT_DRAINS, reconcile_interval)),
        "notify": _every("notify.look", reconcile_interval),
        "health": _every("health.measure", reconcile_interval),
        "learn-rules": _every("learn.rules", _LOOK_AT_RULES),
    }


def _every(task: str, period: timedelta) -> Entry:
    return {
        "task": task,
        "schedule": period,
        "options": {
            "expires": period.total_seconds() * _EXPIRY_SHARE,
            "ignore_result": True,
            "headers": {HEADER: FORMAT},
        },
    }
