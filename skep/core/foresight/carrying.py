"""How much load a replica can carry, told from how busy its processor was under other loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from skep.core.decision import Decision
from skep.core.foresight.advice import CapacityEstimate
from skep.core.policy import Unit

__all__ = ["Burden", "burdens_of", "estimated_capacity"]

_FEWEST_POINTS = 24
#: With loads that hardly differ, a line through them may have any slope.
_LEAST_SPREAD = 0.1
#: An estimate as vague as that suggests nothing.
_LARGEST_ERROR = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """One moment: the load of a replica, and the share of its processor that it used for it."""

    load: float
    used_ratio: float


def burdens_of(decisions: Sequence[Decision], metric: str) -> tuple[Burden, ...]:
    """The moments at which both a total load and the use of the processor were measured.

    Moments at which not all replicas ran are left out: nobody knows who carried what.

    Args:
        decisions: of one service.
        metric: the name of the load.
    """
    found: list[Burden] = []
    for decision in decisions:
        loads = [p.total for p in decision.proposals if p.metric == metric and p.gap is None and p.total is not None]
        uses = [
            p.value for p in decision.proposals if p.metric == "cpu" and p.unit is Unit.RATIO and p.value is not None
        ]
        if loads and uses and decision.running == decision.replicas > 0:
            found.append(Burden(load=loads[0] / decision.running, used_ratio=uses[0]))
    return tuple(found)


def estimated_capacity(burdens: Sequence[Burden]) -> CapacityEstimate | None:
    """Where the straight line through all moments reaches a processor that is fully used.

    The error is that of the line's two parameters, carried on to first order.

    Returns:
        ``None`` where moments are too few or too much alike, or the line is too vague or does not rise.
    """
    if len(burdens) < _FEWEST_POINTS:
        return None
    loads, uses = [b.load for b in burdens], [b.used_ratio for b in burdens]
    mean_load, mean_use = fmean(loads), fmean(uses)
    spread = sum((load - mean_load) ** 2 for load in loads)
    if mean_load <= 0 or (spread / len(loads)) ** 0.5 < _LEAST_SPREAD * mean_load:
        return None
    slope = sum((x - mean_load) * (y - mean_use) for x, y in zip(loads, uses, strict=True)) / spread
    if slope <= 0:
        return None
    base = mean_use - slope * mean_load
    capacity = (1.0 - base) / slope
    noise = sum((y - base - slope * x) ** 2 for x, y in zip(loads, uses, strict=True)) / (len(loads) - 2)
    error = (noise * (1.0 / len(loads) + (capacity - mean_load) ** 2 / spread)) ** 0.5 / slope
    if capacity <= 0 or error > _LARGEST_ERROR * capacity:
        return None
    return CapacityEstimate(load=capacity, error=error, points=len(burdens))
