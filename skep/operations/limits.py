"""How long locks live, as it follows from how long tasks may."""

from datetime import timedelta

__all__ = ["ARCHIVING", "lock_ttl"]

#: Held by whoever writes for ever. A store that stands still keeps its writer waiting; were it to keep every process of
#: a worker, evaluations would expire unseen meanwhile.
ARCHIVING = "loop:archive"

_GRACE = timedelta(seconds=5)


def lock_ttl(time_limit: timedelta) -> timedelta:
    """The life of a lock that a task takes: whoever still holds it then has been killed.

    Args:
        time_limit: after this a task is killed.
    """
    return time_limit + _GRACE
