"""More nodes because those that are there have been busy for too long: the mean use of a pool above a threshold.

Room for what waits comes first and says more; this rule is for swarm tasks that reserve too little.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.capacity.pool import NO_HEADROOM
from skep.core.pools import Headroom, UseLimits

__all__ = ["PoolUse", "Relief", "above_since", "relief"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """The mean use of the ready nodes of a pool; ``None`` where it is not known, which is not zero.

    Attributes:
        nodes: how many nodes that is the mean of.
    """

    nodes: int
    cpu_ratio: float | None = None
    memory_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """So many nodes more would bring a pool's use to where it should be."""

    nodes: int
    sentence: str


def above_since(known: datetime | None, use: PoolUse, limits: UseLimits, *, now: datetime) -> datetime | None:
    """Since when a pool has been too busy without a break, after one more look.

    Args:
        known: what the look before came to.
        use: seen now. A look that saw nothing, because the use is not known, ends nothing and begins nothing.
        limits: of the pool.
        now: the instant of this look.
    """
    exceeded = [_exceeds(value, limit) for _, value, limit, _ in _pairs(use, limits, NO_HEADROOM)]
    if any(each is True for each in exceeded):
        return known or now
    return known if any(each is None for each in exceeded) else None


def relief(
    use: PoolUse,
    limits: UseLimits,
    *,
    since: datetime | None,
    now: datetime,
    coming: int = 0,
    headroom: Headroom = NO_HEADROOM,
) -> Relief | None:
    """How many nodes would help a pool that has been too busy for long enough; ``None`` if it has not.

    Args:
        use: seen now; without a value nothing is ordered.
        limits: of the pool.
        since: what :func:`above_since` said.
        now: the present instant.
        coming: nodes that are on their way and will help; with enough of them nothing is ordered.
        headroom: its shares are how far below the limits the use should come to lie.
    """
    if since is None or now - since < limits.after or not use.nodes:
        return None
    wanted = [
        (_nodes_for(use.nodes, value, limit * (1.0 - spare)), name, value, limit)
        for name, value, limit, spare in _pairs(use, limits, headroom)
        if value is not None and _exceeds(value, limit)
    ]
    if not wanted:
        return None
    nodes, name, value, limit = max(wanted)
    missing = max(nodes - use.nodes, 1) - coming
    if missing <= 0:
        return None
    minutes = (now - since) / timedelta(minutes=1)
    return Relief(nodes=missing, sentence=f"mean {name} {value:.0%} for {minutes:.3g} min, above {limit:.0%}")


def _pairs(use: PoolUse, limits: UseLimits, headroom: Headroom) -> list[tuple[str, float | None, float, float]]:
    """What matters: its name, its value, its limit, and the share that is to stay free."""
    both = (
        ("CPU", use.cpu_ratio, limits.cpu_ratio, headroom.cpu_ratio),
        ("memory", use.memory_ratio, limits.memory_ratio, headroom.memory_ratio),
    )
    return [(name, value, limit, spare) for name, value, limit, spare in both if limit is not None]


def _exceeds(value: float | None, limit: float) -> bool | None:
    return None if value is None or math.isnan(value) else value > limit


def _nodes_for(nodes: int, ratio: float, aim: float) -> int:
    """How many nodes the same load would take to come to lie there; one more where that cannot be."""
    if aim <= 0.0:
        return nodes + 1
    return math.ceil(nodes * ratio / aim - _ROUNDING)


_ROUNDING = 1e-9
