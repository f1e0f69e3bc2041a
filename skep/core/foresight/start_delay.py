"""How long replicas of a service take from their order until they serve, as its swarm tasks tell."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

from skep.core.cluster import SwarmTask

__all__ = ["ASSUMED_START_DELAY", "measured_start_delay", "settled_start_delay"]

#: What is taken for the start delay while no swarm task has told any.
ASSUMED_START_DELAY = timedelta(seconds=30)
#: What was learned on one delay is learned anew on another, so it takes more than noise to replace it.
_NOTICEABLE_SHARE = 0.25


def measured_start_delay(tasks: Sequence[SwarmTask]) -> timedelta | None:
    """The median time from when Swarm made a swarm task until it ran; with a health check, until that passed.

    Clocks of two nodes are compared, so what seems to have run before it was made took no time.

    Returns:
        The delay, or ``None`` where no running swarm task tells both instants.
    """
    delays = [task.state_since - task.ordered_at for task in tasks if task.is_running and task.ordered_at is not None]
    if not delays:
        return None
    return timedelta(seconds=max(median(delay.total_seconds() for delay in delays), 0.0))


def settled_start_delay(
    measured: timedelta | None, *, before: timedelta | None, interval: timedelta
) -> timedelta | None:
    """What to go by: the delay measured now, or that of before where the two hardly differ.

    Args:
        measured: as measured now, if at all.
        before: what was gone by so far, if it was measured.
        interval: the time from one evaluation to the next; less makes no difference.
    """
    if measured is None or before is None:
        return before if measured is None else measured
    return before if abs(measured - before) <= max(interval, before * _NOTICEABLE_SHARE) else measured
