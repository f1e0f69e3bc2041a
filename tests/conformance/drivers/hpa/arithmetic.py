"""The arithmetic of the HorizontalPodAutoscaler in one place, to tell its whole percents from a mistake.

The core keeps the fractions of a mean; upstream cuts them off before it divides by the target, and once more after it
has filled in the replicas without a value. Nothing is tested against this: it only explains a difference.
"""

import math
from collections.abc import Sequence

from skep.core.demand import ReplicaDemand, ReplicaUse
from skep.core.policy import MetricKind, Tolerance
from skep.core.readiness import ReplicaState

__all__ = ["upstream_mean", "upstream_replicas"]


def upstream_replicas(demand: ReplicaDemand, *, tolerance: Tolerance, current: int, is_cut: bool) -> int:
    """What upstream asks for.

    Args:
        demand: the use of each replica.
        tolerance: how far off the target is still fine.
        current: the present count.
        is_cut: whether fractions of means are cut off, as upstream does.
    """
    target = _target(demand)
    ready = [use for use in demand.replicas if use.state is ReplicaState.READY]
    without = [use for use in demand.replicas if use.state is ReplicaState.MISSING]
    ratio = upstream_mean(demand, ready, is_cut=is_cut) / target
    if ratio > 1:
        without += [use for use in demand.replicas if use.state is ReplicaState.UNREADY]
    if not without or ratio == 1:
        return current if tolerance.covers(ratio) else math.ceil(ratio * len(ready) - _NOISE)
    counted = [*ready, *(_filled(demand, use, grows=ratio > 1) for use in without)]
    again = upstream_mean(demand, counted, is_cut=is_cut) / target
    if tolerance.covers(again) or (ratio - 1) * (again - 1) < 0:
        return current
    asked = math.ceil(again * len(counted) - _NOISE)
    return current if (asked - current) * (again - 1) < 0 else asked


def upstream_mean(demand: ReplicaDemand, uses: Sequence[ReplicaUse], *, is_cut: bool) -> float:
    """The mean use in percent of what replicas may have, or per replica."""
    total = math.fsum(use.value for use in uses)
    if demand.metric.kind is MetricKind.UTILIZATION:
        mean = 100 * total / math.fsum(use.basis for use in uses)
    else:
        mean = total / len(uses)
    return math.trunc(mean + _NOISE) if is_cut else mean


_NOISE = 1e-9


def _target(demand: ReplicaDemand) -> float:
    is_percent = demand.metric.kind is MetricKind.UTILIZATION
    return round(demand.metric.target_value * 100) if is_percent else demand.metric.target_value


def _filled(demand: ReplicaDemand, use: ReplicaUse, *, grows: bool) -> ReplicaUse:
    if grows:
        value = 0.0
    elif demand.metric.kind is MetricKind.UTILIZATION:
        value = use.basis * max(100.0, _target(demand)) / 100
    else:
        value = demand.metric.target_value
    return ReplicaUse(state=use.state, value=value, basis=use.basis)
