"""Proportional scaling by use measured on each replica, cautious about replicas that have no value.

The rules are those of the Kubernetes HorizontalPodAutoscaler (resource and per-pod metrics): replicas without a
value are counted against the direction, and if that takes the reason to move away, nothing moves. Unlike there,
percentages keep their fractions.
"""

import math
from collections.abc import Iterable

from skep.core.demand import ReplicaDemand, ReplicaUse
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import MetricKind, MetricPolicy, Tolerance
from skep.core.readiness import ReplicaState
from skep.core.strategies.proposal import WITHIN_TOLERANCE, Proposal, missing, whole_replicas

__all__ = ["propose"]


def propose(demand: ReplicaDemand, *, tolerance: Tolerance, replicas: int) -> Proposal:
    """How many replicas bring the mean use of a replica to its target.

    Args:
        demand: use per replica; at least one is ``READY``, else the proposal is a gap.
        tolerance: how far off the target is still fine.
        replicas: the present count, proposed again where nothing should move.
    """
    metric = demand.metric
    ready = [use for use in demand.replicas if use.state is ReplicaState.READY]
    if not ready:
        return missing(metric, Gap(reason=GapReason.NO_DATA, detail="no ready replica has a value"))
    use = _mean_use(ready)
    ratio = use / metric.target_value
    counted, counted_ratio = _counted(demand, ready, ratio)
    formula = _formula(metric, use, ready, counted, counted_ratio)
    if tolerance.covers(counted_ratio):
        formula += WITHIN_TOLERANCE
    return Proposal(
        metric=metric.name,
        unit=metric.unit,
        target_value=metric.target_value,
        value=use,
        at=demand.at,
        replicas=_settle(ratio, counted_ratio, len(counted), tolerance, replicas),
        needed=counted_ratio * len(counted),
        formula=formula,
    )


def _counted(demand: ReplicaDemand, ready: list[ReplicaUse], ratio: float) -> tuple[list[ReplicaUse], float]:
    """The replicas that count and their ratio, those without a value filled in against the direction."""
    without = [use for use in demand.replicas if use.state is ReplicaState.MISSING]
    if ratio > 1.0:
        without += [use for use in demand.replicas if use.state is ReplicaState.UNREADY]
    if not without or ratio == 1.0:
        return ready, ratio
    filled = [*ready, *(_filled(use, demand.metric, grows=ratio > 1.0) for use in without)]
    return filled, _mean_use(filled) / demand.metric.target_value


def _filled(use: ReplicaUse, metric: MetricPolicy, *, grows: bool) -> ReplicaUse:
    """A replica without a value, taken as idle when growing and as fully used when shrinking."""
    if grows:
        assumed_ratio = 0.0
    elif metric.kind is MetricKind.UTILIZATION:
        assumed_ratio = max(1.0, metric.target_value)
    else:
        assumed_ratio = metric.target_value
    return ReplicaUse(state=use.state, value=use.basis * assumed_ratio, basis=use.basis)


def _settle(ratio: float, counted_ratio: float, counted: int, tolerance: Tolerance, replicas: int) -> int:
    """The count to propose; the present one if the filled-in view no longer supports the move."""
    if tolerance.covers(counted_ratio) or (ratio > 1.0) != (counted_ratio > 1.0):
        return replicas
    proposed = whole_replicas(counted_ratio * counted)
    moves_against_ratio = proposed < replicas if counted_ratio > 1.0 else proposed > replicas
    return replicas if moves_against_ratio else proposed


def _mean_use(uses: Iterable[ReplicaUse]) -> float:
    counted = tuple(uses)
    return math.fsum(use.value for use in counted) / math.fsum(use.basis for use in counted)


def _formula(
    metric: MetricPolicy, use: float, ready: list[ReplicaUse], counted: list[ReplicaUse], counted_ratio: float
) -> str:
    text = f"{metric.unit.text(use)} / {metric.unit.text(metric.target_value)} x {len(ready)} ready"
    assumed = len(counted) - len(ready)
    if assumed:
        text += f", {assumed} without a value assumed {'idle' if counted_ratio < use / metric.target_value else 'busy'}"
    return f"{text} = {counted_ratio * len(counted):.2f}"
