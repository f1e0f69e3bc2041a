"""Proportional scaling by one number for the whole service.

A total is divided among replicas (``AverageValue`` of the Kubernetes HorizontalPodAutoscaler); a mean asks for as
many more replicas as it is over its target (``Value`` there).
"""

from skep.core.demand import ServiceDemand
from skep.core.policy import MetricKind, MetricPolicy, Tolerance
from skep.core.strategies.proposal import WITHIN_TOLERANCE, Proposal, whole_replicas

__all__ = ["propose"]


def propose(demand: ServiceDemand, *, tolerance: Tolerance, replicas: int, running: int) -> Proposal:
    """How many replicas bring each replica's share of the load to its target.

    A total that is not above its activation asks for none, whatever its target (KEDA's rule).

    Args:
        demand: the service's load.
        tolerance: how far off the target is still fine; not applied from zero replicas.
        replicas: the present count in the spec, proposed again within the tolerance.
        running: replicas that carry the load now.
    """
    if demand.metric.kind is MetricKind.TOTAL:
        return _share_of_total(demand, tolerance, replicas)
    return _mean_of_replicas(demand, tolerance, replicas, running)


def _share_of_total(demand: ServiceDemand, tolerance: Tolerance, replicas: int) -> Proposal:
    metric = demand.metric
    if not _is_active(demand) and metric.activation > 0:
        activation = metric.unit.text(metric.activation)
        formula = f"{metric.unit.text(demand.value)} is not above its activation of {activation}"
        return _proposal(demand, value=demand.value / max(replicas, 1), replicas=0, needed=0.0, formula=formula)
    needed = demand.value / metric.target_value
    proposed = whole_replicas(needed)
    formula = f"{_quotient(metric, demand.value)} = {needed:.2f}"
    if replicas > 0 and tolerance.covers(needed / replicas):
        proposed, formula = replicas, f"{formula}{WITHIN_TOLERANCE}"
    return _proposal(demand, value=demand.value / max(replicas, 1), replicas=proposed, needed=needed, formula=formula)


def _mean_of_replicas(demand: ServiceDemand, tolerance: Tolerance, replicas: int, running: int) -> Proposal:
    metric = demand.metric
    ratio = demand.value / metric.target_value
    carriers = running if replicas > 0 else 1
    proposed = whole_replicas(ratio * carriers)
    formula = f"{_quotient(metric, demand.value)} x {carriers} running = {ratio * carriers:.2f}"
    if replicas > 0 and tolerance.covers(ratio):
        proposed, formula = replicas, f"{formula}{WITHIN_TOLERANCE}"
    return _proposal(demand, value=demand.value, replicas=proposed, needed=ratio * carriers, formula=formula)


def _is_active(demand: ServiceDemand) -> bool:
    return demand.value > demand.metric.activation


def _quotient(metric: MetricPolicy, value: float) -> str:
    return f"{metric.unit.text(value)} / {metric.unit.text(metric.target_value)}"


def _proposal(demand: ServiceDemand, *, value: float, replicas: int, needed: float, formula: str) -> Proposal:
    metric = demand.metric
    is_total = metric.kind is MetricKind.TOTAL
    return Proposal(
        metric=metric.name,
        unit=metric.unit,
        target_value=metric.target_value,
        value=value,
        total=demand.value if is_total else None,
        at=demand.at,
        replicas=replicas,
        needed=needed,
        is_active=_is_active(demand) if is_total else None,
        formula=formula,
        may_shrink=not demand.is_lower_bound,
    )
