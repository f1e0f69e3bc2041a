"""A budget of changes of direction: a service that goes back and forth is left where it carries the load.

Rates limit how much changes, not how often the direction does; the wish for such a budget is old (kubernetes
enhancements PR 883). Growth is never refused: what the clients bring has to be carried.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from skep.core.decision import ScaleEvent, Situation, Step

__all__ = ["reversals", "within_flap_budget"]

_PERIOD = timedelta(hours=1)


def within_flap_budget(situation: Situation, replicas: int) -> Step | None:
    """Forbid shrinking once the direction has changed as often within an hour as the policy allows."""
    if replicas >= situation.replicas:
        return None
    turned = reversals(situation.history.events, since=situation.now - _PERIOD)
    budget = situation.policy.flaps_per_hour
    if len(turned) < budget:
        return None
    return Step(
        by="flaps",
        replicas_before=replicas,
        replicas_after=situation.replicas,
        reason=f"no shrinking: its direction has changed {len(turned)} times within an hour, {budget} are allowed",
        until=turned[-budget] + _PERIOD if budget else None,
    )


def reversals(events: Sequence[ScaleEvent], *, since: datetime) -> tuple[datetime, ...]:
    """When the direction changed after ``since``: the instants of the changes against the direction before.

    Args:
        events: oldest first; those without a change count for nothing.
        since: changes of direction at this instant and before are forgotten.
    """
    moves = [event for event in events if event.change != 0]
    return tuple(after.at for before, after in pairwise(moves) if before.change * after.change < 0 and after.at > since)
