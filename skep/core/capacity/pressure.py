"""More nodes because those that are there have been busy for too long: the mean use of a pool above a threshold.

Room for what waits comes first and says more; this rule is for swarm tasks that reserve too little.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["PoolUse", "Relief", "UseThreshold", "above_since", "relief"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseThreshold:
    """When a pool is too busy.

    Attributes:
        cpu_ratio: the mean share of its processors in use; ``None`` where it does not matter.
        memory_ratio: that of its memory, likewise.
        lasting: how long without a break before nodes are ordered.
        headroom_ratio: how far below the threshold the use should come to lie, as a share of the threshold.
        least_nodes: how many nodes at least are ordered at once.
    """

    cpu_ratio: float | None = None
    memory_ratio: float | None = None
    lasting: timedelta = timedelta(minutes=5)
    headroom_ratio: float = 0.0
    least_nodes: int = 1


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


def above_since(known: datetime | None, use: PoolUse, threshold: UseThreshold, *, now: datetime) -> datetime | None:
    """Since when a pool has been too busy without a break, after one more look.

    Args:
        known: what the look before came to.
        use: seen now. A look that saw nothing, because the use is not known, ends nothing and begins nothing.
        threshold: of the pool.
        now: the instant of this look.
    """
    exceeded = [_exceeds(value, limit) for _, value, limit in _pairs(use, threshold)]
    if any(each is True for each in exceeded):
        return known or now
    return known if any(each is None for each in exceeded) else None


def relief(
    use: PoolUse, threshold: UseThreshold, *, since: datetime | None, now: datetime, coming: int = 0
) -> Relief | None:
    """How many nodes would help a pool that has been too busy for long enough; ``None`` if it has not.

    Args:
        use: seen now; without a value nothing is ordered.
        threshold: of the pool.
        since: what :func:`above_since` said.
        now: the present instant.
        coming: nodes that are on their way and will help; with enough of them nothing is ordered.
    """
    if since is None or now - since < threshold.lasting or not use.nodes:
        return None
    wanted = [
        (_nodes_for(use.nodes, value, limit, threshold.headroom_ratio), name, value, limit)
        for name, value, limit in _pairs(use, threshold)
        if value is not None and _exceeds(value, limit)
    ]
    if not wanted:
        return None
    nodes, name, value, limit = max(wanted)
    missing = max(nodes - use.nodes, threshold.least_nodes) - coming
    if missing <= 0:
        return None
    minutes = (now - since) / timedelta(minutes=1)
    return Relief(nodes=missing, sentence=f"mean {name} {value:.0%} for {minutes:.3g} min, above {limit:.0%}")


def _pairs(use: PoolUse, threshold: UseThreshold) -> list[tuple[str, float | None, float]]:
    """What matters: its name, its value, and its limit."""
    both = (("CPU", use.cpu_ratio, threshold.cpu_ratio), ("memory", use.memory_ratio, threshold.memory_ratio))
    return [(name, value, limit) for name, value, limit in both if limit is not None]


def _exceeds(value: float | None, limit: float) -> bool | None:
    return None if value is None or math.isnan(value) else value > limit


def _nodes_for(nodes: int, ratio: float, limit: float, headroom_ratio: float) -> int:
    """How many nodes the same load would take to lie below the limit."""
    return math.ceil(nodes * ratio / (limit * (1.0 - headroom_ratio)) - _ROUNDING)


_ROUNDING = 1e-9
